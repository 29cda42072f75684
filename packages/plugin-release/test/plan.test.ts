import { defineConfig, hide, isDragonfabError, reveal } from '@dragonfab/core'
import { buildPlan, type Facts, loadProject, type Segment, selectHosts } from '@dragonfab/plan'
import { beforeEach, describe, expect, it } from 'vitest'
import release from '../src/index.ts'

type Variables = Readonly<Record<string, unknown>>

function hostsOf(variables: Variables, set: Readonly<Record<string, string>> = {}) {
  const config = defineConfig({
    appName: 'shop',
    plugins: [release()],
    environments: { production: { hosts: ['web1', 'web2'], path: '/srv/shop', ...variables } },
  })
  const project = loadProject(config, { directory: '/' })
  return { project, hosts: selectHosts(project, { environment: 'production', set }) }
}

function planTask(task: string, facts: Facts, variables: Variables = {}) {
  const { project, hosts } = hostsOf(variables)
  const invocation = { task, args: [], when: 'next' as const }
  return buildPlan(project, { run: 'r1', environment: 'production', command: [task], tasks: [invocation], hosts, facts })
}

const made: Facts = { local: { release: '250101-000000' }, hosts: {} }
const back: Facts = { local: {}, hosts: { web1: { rollbackTo: 'a', rollbackFrom: 'b' }, web2: { rollbackTo: 'a', rollbackFrom: 'b' } } }

const text = (segments: readonly Segment[] | undefined, host = 'web1'): string =>
  (segments ?? [])
    .flatMap((each) => (each.kind === 'hosts' ? (each.parts[host] ?? []) : []))
    .map((part) => (part.kind === 'script' ? part.text : ''))
    .join('\n')

function problems(make: () => unknown): readonly string[] {
  try {
    make()
  } catch (error) {
    if (isDragonfabError(error)) return error.problems.map(({ message }) => message.replace(/^deploy\.\w+ \(plugin release\): /, ''))
    throw error
  }
  return []
}

describe('the plan of a release', () => {
  it('has three phases, with one script per host each, and undoes the first two', () => {
    const { plan } = planTask('release', made, { linkedFiles: ['a.conf'], linkedDirs: ['media'], dotenv: { A: '1' } })
    const [task] = plan.tasks
    expect(task?.phases.map(({ signals, live, segments, undo }) => [signals, live, segments.length, undo.length])).toEqual([
      [['deploy.starting', 'deploy.started', 'deploy.updating', 'deploy.updated'], false, 1, 1],
      [['deploy.publishing', 'deploy.published'], true, 1, 1],
      [['deploy.finishing', 'deploy.finished'], true, 1, 0],
    ])
    expect(text(task?.phases[0]?.segments)).toContain("line 'A=1'")
    expect(text(task?.phases[1]?.segments)).toContain('point releases/250101-000000 switch')
    expect(text(task?.phases[1]?.undo)).toContain('undo')
    expect(text(task?.phases[0]?.undo)).toContain('discard "$release"')
    expect(plan.hosts[0]).toMatchObject({
      stateDir: '/srv/shop/.dragonfab',
      fingerprint: expect.stringContaining('readlink -- /srv/shop/current'),
    })
  })

  it('of a rollback leads to the target', () => {
    const { plan } = planTask('rollback', back)
    expect(text(plan.tasks[0]?.phases[1]?.segments)).toContain('point releases/a rollback')
    expect(text(plan.tasks[0]?.phases[1]?.undo)).toContain('undo "$before" -')
    expect(plan.tasks[0]?.phases[2]?.signals).toEqual(['deploy.finishing_rollback', 'deploy.finished'])
  })

  it('of a restart has only its signals', () => {
    const { plan } = planTask('restart', { local: {}, hosts: {} })
    expect(plan.tasks[0]?.phases.map(({ signals }) => signals)).toEqual([['deploy.restarting', 'deploy.restarted']])
  })

  it('cannot make a release and roll back in one run', () => {
    expect(problems(() => planTask('release', { ...back, local: made.local }))).toEqual([
      'one run cannot make release 250101-000000 and roll back to a',
    ])
  })

  it('hides a secret of .env as a hole', () => {
    const { plan, code } = planTask('release', made, { dotenv: { TOKEN: hide('dontsay$'), PLAIN: 'seen' } })
    expect(text(plan.tasks[0]?.phases[0]?.segments)).toContain(`: "$DF_S1"; release_line 'TOKEN=' "$DF_S2"\nrelease_line 'PLAIN=seen'`)
    expect(JSON.stringify(plan)).not.toContain('dontsay')
    expect([...(code.secrets.hosts.get('web1') ?? [])].map(([hole, secret]) => [hole, reveal(secret)])).toEqual([
      ['DF_S1', 'dontsay$'],
      ['DF_S2', "'dontsay$'"],
      ['DF_S3', 'no'],
    ])
  })
})

describe('variables', () => {
  it('follow path, and releasePath follows the action', () => {
    const { hosts } = hostsOf({})
    const env = hosts[0]?.env(made)
    expect(env).toMatchObject({
      releasesPath: '/srv/shop/releases',
      sharedPath: '/srv/shop/shared',
      currentPath: '/srv/shop/current',
      releasePath: '/srv/shop/releases/250101-000000',
      stateDir: '/srv/shop/.dragonfab',
      keepReleases: 5,
    })
    expect(hosts[0]?.env(back)).toMatchObject({ releasePath: '/srv/shop/releases/a', currentRelease: 'b', previousRelease: 'a' })
    expect(problems(() => hosts[0]?.env().releasePath)).toEqual([expect.stringContaining('release is not known yet')])
  })

  it.each([0, -1, 1.5, Number.NaN, 'x', '1.5'])('CLN-03: keepReleases %s is refused at load', (value) => {
    expect(problems(() => hostsOf({ keepReleases: value }))).toEqual([expect.stringContaining('keepReleases')])
  })

  it.each([1, 1e9])('CLN-03: keepReleases %s is accepted', (value) => {
    expect(hostsOf({ keepReleases: value }).hosts[0]?.env(made).keepReleases).toBe(value)
  })

  it.each([
    ['linkedFiles', ['/etc/passwd']],
    ['linkedFiles', ['a/../b']],
    ['linkedFiles', ['a//b']],
    ['linkedFiles', ['a\nb']],
    ['linkedFiles', [{ path: 'a', missing: 'never' }]],
    ['linkedDirs', [{ path: 'a', mising: 'link' }]],
    ['linkedDirs', [7]],
    ['linkedDirs', ['']],
    ['dotenv', { '1A': 'x' }],
    ['dotenv', { UID: 'x' }],
    ['dotenv', { A: 'a\0b' }],
    ['dotenv', { A: 'a\rb' }],
    ['dotenv', { A: '\ud800' }],
    ['dotenv', { A: 'x'.repeat(131_072) }],
    ['dotenv', { A: ['x'] }],
    ['dotenvGroup', 'www data'],
    ['dotenvGroup', '-R'],
    ['release', '../x'],
  ])('%s %j is refused at load, by its name', (name, value) => {
    const [first, ...more] = problems(() => hostsOf({ [name]: value }))
    expect(more).toEqual([])
    expect(first).toContain(name)
    expect(first).not.toContain('xxx')
  })

  it('refuses linked entries that occur twice or contain each other, all at once', () => {
    const variables = {
      linkedFiles: ['a/b', 'x', '.env'],
      linkedDirs: ['a', { path: './x/', missing: 'link' }, 'y/z', 'y'],
      dotenv: { A: '1' },
    }
    expect([...problems(() => planTask('release', made, variables))].sort()).toEqual([
      'linkedDirs: "y/z" is in "y", which linkedDirs already links',
      'linkedFiles: ".env" conflicts with environmentFile ".env", which dotenv writes into each release',
      'linkedFiles: "a/b" is in "a", which linkedDirs already links',
      'linkedFiles: "x" is already linked by linkedDirs',
    ])
  })

  it('refuses paths that contain each other', () => {
    expect(problems(() => planTask('release', made, { currentPath: '/srv/shop/releases/current', sharedPath: '/srv/../shared' }))).toEqual([
      'sharedPath: "/srv/../shared" should be an absolute path without `.`, `..`, `//` or control characters',
      'currentPath and releasesPath must not contain each other (/srv/shop/releases/current, /srv/shop/releases)',
    ])
  })

  it('accepts the original environmentFile, which is absolute', () => {
    const { plan } = planTask('release', made, { dotenv: { A: '1' }, environmentFile: '%(release_path)s/config/.env' })
    expect(text(plan.tasks[0]?.phases[0]?.segments)).toContain('file="$release"/config/.env')
    for (const environmentFile of ['/etc/environment', '../.env', '.'])
      expect(problems(() => planTask('release', made, { dotenv: { A: '1' }, environmentFile }))).toEqual([
        expect.stringContaining('environmentFile'),
      ])
  })
})

describe('a secret of dotenv', () => {
  let lookups: string[]
  const secretOf = (name: string, value: string, interactive?: boolean) =>
    hide(
      () => {
        lookups.push(name)
        return value
      },
      name,
      { source: name, interactive },
    )
  beforeEach(() => {
    lookups = []
  })

  it.each(['status', 'history', 'check', 'release'])('is not looked up while %s is planned', (task) => {
    planTask(task, made, { dotenv: { TOKEN: secretOf('token', 'open sesame') } })
    expect(lookups).toEqual([])
  })

  it('is checked when a run looks it up', () => {
    const { code } = planTask('release', made, { dotenv: { TOKEN: secretOf('token', 'a\0b') } })
    const look = () => [...(code.secrets.hosts.get('web1')?.values() ?? [])].map((each) => reveal(each))
    expect(problems(look)).toEqual(['dotenv.TOKEN is not right: has a NUL character, which no environment variable can hold'])
  })

  it('has one hole for all roles of a target that look it up in the same way', () => {
    const roles = Object.fromEntries(
      ['web', 'worker'].map((role) => [role, { hosts: ['web1'], dotenv: { TOKEN: secretOf('token', 'x') } }]),
    )
    const config = defineConfig({ appName: 'shop', plugins: [release()], environments: { production: { path: '/srv/shop', roles } } })
    const project = loadProject(config, { directory: '/' })
    const hosts = selectHosts(project, { environment: 'production' })
    const tasks = [{ task: 'release', args: [], when: 'next' as const }]
    const { plan } = buildPlan(project, { run: 'r1', environment: 'production', command: ['release'], tasks, hosts, facts: made })
    expect(JSON.stringify(plan).match(/release_line 'TOKEN='/g)).toHaveLength(1)
    expect(lookups).toEqual([])
  })
})
