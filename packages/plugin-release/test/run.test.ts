import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, createBus, defineConfig, hide, isDragonfabError } from '@dragonfab/core'
import { loadProject, selectHosts } from '@dragonfab/plan'
import { Connection, localExecutor, makePlan, noInterruption, runPlan } from '@dragonfab/run'
import { checkDeployment, type Expectations, observeDeployment, waitUntil } from '@dragonfab/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import release from '../src/index.ts'

type Hooks = NonNullable<Parameters<typeof defineConfig<readonly [ReturnType<typeof release>]>>[0]['hooks']>
type Variables = Readonly<Record<string, unknown>>

const actor = { owner: 'tester', machine: 'here', pid: process.pid }

/** Hosts are folders on this machine. The real runner deploys to them. */
describe('a fleet', () => {
  let root: string
  let events: [string, unknown][]
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fleet-'))
    events = []
  })
  afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 20 }))

  const at = (host: string, ...path: string[]) => join(root, host, ...path)
  const current = (host: string) => (existsSync(at(host, 'current')) ? readlinkSync(at(host, 'current')) : undefined)
  const log = (host: string) => (existsSync(at(host, 'log')) ? readFileSync(at(host, 'log'), 'utf8').trim().split('\n') : [])

  /** The session frees the lock a moment after its end, so this waits until no problem is left. */
  const whole = (host: string, expectations: Expectations) =>
    waitUntil(`${host} to be whole`, async () => (await checkDeployment(at(host), expectations)).length === 0, 5000)

  async function go(
    command: string,
    options: {
      readonly hooks?: Hooks
      readonly variables?: Variables
      readonly set?: Readonly<Record<string, string>>
      readonly hosts?: number
      readonly attempt?: number
    } = {},
  ) {
    const { hooks = {}, variables = {}, set = {}, hosts: count = 3, attempt = 0 } = options
    const names = Array.from({ length: count }, (_, index) => `h${index + 1}`)
    const config = defineConfig({
      appName: 'shop',
      plugins: [release()],
      environments: { production: { hosts: names.map((name) => ({ name, address: 'local', path: at(name) })), ...variables } },
      hooks,
    } as Config<readonly [ReturnType<typeof release>]>)
    const project = loadProject(config, { directory: root })
    const hosts = selectHosts(project, { environment: 'production', set })
    const connections = new Map(
      names.map((name) => [
        name,
        new Connection(name, { connect: async () => localExecutor(name), sudoUser: undefined, sudoPassword: undefined, actor }),
      ]),
    )
    const [task = '', ...args] = command.split(':')
    const interruption = noInterruption()
    const { plan, code } = await makePlan({
      project,
      environment: 'production',
      hosts,
      tasks: [{ task, args, when: 'next' }],
      command: [command],
      connections,
      signal: interruption.stop,
      attempt,
    })
    const bus = createBus()
    bus.observeAll('test', (type, event) => void events.push([type, event]))
    const end = await runPlan({ plan, code, connections, bus, interruption, actor, directory: root, mayReplan: true })
    return { ...end, plan, id: String(plan.facts.local.release) }
  }

  const note = (what: string): Hooks => ({
    'deploy.published': ({ env, sh, undoing }) =>
      sh`echo ${`${what}${undoing ? ' back' : ''}`} "$(basename "$(cd -P ${env.releasePath} && pwd)")" >>${`${env.path}/log`}`,
  })

  it('is released to, twice, and rolled back', async () => {
    const first = await go('release', { hooks: note('restart'), set: { release: '250101-000000' } })
    expect(first).toMatchObject({ status: 0, problems: [] })
    const second = await go('release', { hooks: note('restart') })
    expect(second.id).toMatch(/^\d{6}-\d{6}$/)
    for (const host of ['h1', 'h2', 'h3']) {
      expect(current(host)).toBe(`releases/${second.id}`)
      await whole(host, { settled: true, foreign: ['log'] })
    }
    const back = await go('rollback', { hooks: note('restart') })
    expect(back).toMatchObject({ status: 0, plan: { facts: { hosts: { h1: { rollbackTo: '250101-000000', rollbackFrom: second.id } } } } })
    for (const host of ['h1', 'h2', 'h3']) {
      expect(current(host)).toBe('releases/250101-000000')
      expect(log(host)).toEqual(['restart 250101-000000', `restart ${second.id}`, 'restart 250101-000000'])
      expect(existsSync(at(host, '.dragonfab/bad', second.id))).toBe(true)
      expect(
        readFileSync(at(host, '.dragonfab/journal'), 'utf8')
          .split('\n')
          .map((line) => line.split(' ')[1]),
      ).toEqual(['switch', 'switch', 'rollback', undefined])
    }
    await expect(go('rollback')).rejects.toThrow('there is no known-good release before the live one')
    await expect(go('rollback:nope')).rejects.toThrow('there is no complete release nope')
    expect(current('h1')).toBe('releases/250101-000000')
  })

  it('undoes all hosts if a restart fails on one of three after the switch, and restarts the previous release', async () => {
    await go('release', { set: { release: 'a' } })
    const hooks: Hooks = {
      'deploy.published': [
        ({ env, sh, undoing }) =>
          sh`echo ${undoing ? 'back' : 'to'} "$(basename "$(cd -P ${env.releasePath} && pwd)")" >>${`${env.path}/log`}`,
        ({ env, sh, undoing }) => !undoing && env.host === 'h2' && sh`echo 'it will not start' >&2; exit 7`,
      ],
    }
    const end = await go('release', { hooks, set: { release: 'b' } })
    expect(end).toMatchObject({ status: 3, problems: [{ code: 'STEP_FAILED', host: 'h2', cause: 'it will not start' }] })
    for (const host of ['h1', 'h2', 'h3']) {
      expect(current(host)).toBe('releases/a')
      expect(log(host)).toEqual(['to b', 'back a'])
      expect(existsSync(at(host, '.dragonfab/bad/b'))).toBe(true)
      expect(existsSync(at(host, 'releases/b'))).toBe(true)
    }
    const next = await go('release', { set: { release: 'c' } })
    expect(next.status).toBe(0)
    expect((await go('rollback')).status).toBe(0)
    expect(current('h2')).toBe('releases/a')
  })

  it('undoes a first release that fails after the switch: removes current and restarts nothing', async () => {
    const hooks: Hooks = {
      'deploy.published': [
        ({ env, sh, undoing }) => sh`echo ${undoing ? 'back' : 'to'} >>${`${env.path}/log`}`,
        ({ sh, undoing }) => !undoing && sh`exit 7`,
      ],
    }
    const end = await go('release', { hooks, set: { release: 'a' } })
    expect(end.status).toBe(3)
    for (const host of ['h1', 'h2', 'h3']) expect([current(host), log(host)]).toEqual([undefined, ['to']])
    expect((await go('release', { set: { release: 'b' } })).status).toBe(0)
  })

  it('undoes a release that fails in the finishing phase', async () => {
    await go('release', { set: { release: 'a' } })
    const end = await go('release', {
      hooks: { 'deploy.finished': ({ env, sh }) => env.host === 'h3' && sh`exit 7` },
      set: { release: 'b' },
    })
    expect(end.status).toBe(3)
    for (const host of ['h1', 'h2', 'h3']) expect(current(host)).toBe('releases/a')
  })

  it('removes a release that fails before the switch', async () => {
    await go('release', { set: { release: 'a' } })
    const before = observeDeployment(at('h1'))
    const end = await go('release', {
      hooks: { 'deploy.updated': ({ env, sh }) => env.host === 'h2' && sh`exit 7` },
      set: { release: 'b' },
    })
    expect(end).toMatchObject({ status: 1, hosts: [{ state: 'untouched' }, { state: 'untouched' }, { state: 'untouched' }] })
    for (const host of ['h1', 'h2', 'h3']) {
      expect(readdirSync(at(host, 'releases'))).toEqual(['a'])
      await whole(host, { before, settled: true, run: { status: 1, done: 'new' } })
    }
  })

  it('ATM-03: refuses a current that is a directory, and deploys to no host', async () => {
    mkdirSync(at('h2', 'current/public'), { recursive: true })
    const end = await go('release')
    expect(end).toMatchObject({
      status: 1,
      problems: [
        {
          code: 'CURRENT_NOT_A_LINK',
          host: 'h2',
          message: expect.stringContaining('is not a link'),
          remedy: expect.stringContaining('mv '),
        },
      ],
    })
    expect(readdirSync(at('h2', 'current'))).toEqual(['public'])
    expect(existsSync(at('h2', 'releases'))).toBe(false)
    for (const host of ['h1', 'h3']) expect(readdirSync(at(host, 'releases'))).toEqual([])
  })

  it('reports missing linked files of all hosts at once', async () => {
    mkdirSync(at('h1', 'shared'), { recursive: true })
    writeFileSync(at('h1', 'shared/a'), '')
    const end = await go('release', { variables: { linkedFiles: ['a', 'b'] } })
    expect(end.status).toBe(1)
    const problems = end.problems.map(({ code, host, cause }) => [code, host, cause?.split('\n').map((line) => line.replace(/^.*\//, ''))])
    expect(problems.sort()).toEqual([
      ['LINKED_MISSING', 'h1', ['b']],
      ['LINKED_MISSING', 'h2', ['a', 'b']],
      ['LINKED_MISSING', 'h3', ['a', 'b']],
    ])
  })

  it('REL-01: plans again, with a suffix, if a name is taken on one host', async () => {
    const first = await go('release')
    mkdirSync(at('h2', 'releases', `${first.id}x`))
    const taken = await go('release', { set: { release: first.id } })
    expect(taken).toMatchObject({
      status: 1,
      replan: true,
      problems: [{ code: 'RELEASE_TAKEN' }, { code: 'RELEASE_TAKEN' }, { code: 'RELEASE_TAKEN' }],
    })
    await expect(go('release', { set: { release: first.id }, attempt: 1 })).rejects.toThrow('exists already')
    expect((await go('release', { attempt: 1 })).id).toMatch(/^\d{6}-\d{6}-2$/)
  })

  it('writes .env, masks it in the output, and only its owner may read it', async () => {
    const hooks: Hooks = {
      'deploy.updated': ({ env, sh }) => sh`. ${`${env.releasePath}/.env`}; echo "$TOKEN $PLAIN"; cat ${`${env.releasePath}/.env`}`,
    }
    const end = await go('release', { hooks, variables: { dotenv: { TOKEN: hide('canary $HOME "q"'), PLAIN: 'plain text' } }, hosts: 1 })
    expect(end.status).toBe(0)
    expect(readFileSync(at('h1', 'current/.env'), 'utf8')).toBe(`TOKEN='canary $HOME "q"'\nPLAIN="plain text"\n`)
    expect(statSync(at('h1', 'current/.env')).mode & 0o777).toBe(0o600)
    const output = JSON.stringify([events, end])
    expect(output).not.toContain('canary')
    expect(output).toContain('[secret] plain text')
    expect(output).toContain('TOKEN has a $ that')
  })

  it('check reports the problems of all hosts, status the live releases; neither writes anything', async () => {
    await go('release', { set: { release: 'a' }, hosts: 2 })
    symlinkSync('nowhere', at('h2', 'dangling'))
    chmodSync(at('h2'), 0o755)
    rmSync(at('h2', 'current'))
    mkdirSync(at('h2', 'current'))
    const before = readdirSync(at('h1', '.dragonfab'))
    const checked = await go('check', { variables: { linkedFiles: ['x'] }, hosts: 2 })
    expect(checked).toMatchObject({ status: 1 })
    expect(checked.problems.map(({ code, host, cause }) => [code, host, cause?.split('\n').length]).sort()).toEqual([
      ['HOST_NOT_READY', 'h1', 1],
      ['HOST_NOT_READY', 'h2', 2],
    ])
    expect((await go('status', { hosts: 2 })).status).toBe(0)
    const outputOf = (host: string) =>
      events
        .map(([type, event]) =>
          type === 'step:output' && (event as { target: { name?: string } }).target.name === host ? (event as { text: string }).text : '',
        )
        .join('')
    expect(outputOf('h1')).toContain('current    a\n')
    expect(outputOf('h2')).toContain('which is not a release')
    expect(readdirSync(at('h1', '.dragonfab'))).toEqual(before)
  })

  it('MUL-05: refuses a rollback of hosts that run different releases before any of them switches', async () => {
    for (const id of ['a', 'b', 'c']) await go('release', { set: { release: id } })
    rmSync(at('h2', 'current'))
    symlinkSync('releases/b', at('h2', 'current'))
    const refused = await go('rollback').catch((error: unknown) => error)
    expect(isDragonfabError(refused) && refused.problems.map(({ host, remedy }) => [host, remedy])).toEqual([
      ['h1', 'name one that all hosts have: rollback:a'],
      ['h2', 'name one that all hosts have: rollback:a'],
      ['h3', 'name one that all hosts have: rollback:a'],
    ])
    expect([current('h1'), current('h2')]).toEqual(['releases/c', 'releases/b'])
    expect((await go('rollback:a')).status).toBe(0)
    expect(['h1', 'h2', 'h3'].map(current)).toEqual(['releases/a', 'releases/a', 'releases/a'])
  })
})
