import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { assertSucceeded, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sshProject } from './ssh-project.ts'

let hosts: SshHosts
beforeAll(async () => {
  hosts = await startSshHosts(2)
})
afterAll(() => hosts.stop())

const job = () => {
  const [host] = hosts.hosts
  if (!host) throw new Error('no host')
  return host
}

/** A worker and a cron on one machine; `hooks` say per role what they are, in a file beside the releases. */
const config = (roles: string, more = ''): string => `import release from '@dragonfab/plugin-release'
export default {
  appName: 'shop',
  plugins: [release()],
  environments: { live: { ${more} roles: { ${roles} } } },
  hooks: {
    'deploy.updating': ({ env, sh }) => sh\`echo shipped >>\${env.path}/said; echo code >\${env.releasePath}/code\`,
    'deploy.published': ({ env, sh }) => sh\`echo restart \${env.role} >>\${env.path}/said\`,
    'deploy.restarting': ({ env, sh }) => sh\`echo restart \${env.role} >>\${env.path}/said\`,
  },
  tasks: { fail: { summary: 'Fail in one place', run: ({ env, sh }) => sh\`echo \${env.stage} >>\${env.path}/ran; [ \${env.stage} != first ]\` },
    look: { summary: 'Look', readOnly: true, run: ({ env, sh }) => sh\`echo \${env.stage}; [ \${env.stage} != first ]\` } },
}
`
const lines = (path: string): readonly string[] => (existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [])

describe('one machine in two roles', () => {
  test('with two paths: two releases in one run, two locks, over one connection', async () => {
    const { name, root } = job()
    const [a, b] = [join(root, 'two/a'), join(root, 'two/b')]
    const { run } = await sshProject(hosts, {
      'dragonfab.config.mjs': config(`worker: { hosts: '${name}', path: '${a}' }, cron: { hosts: '${name}', path: '${b}' }`),
    })
    job().reset()
    const done = await run(['live', 'deploy', '--json'])
    expect(done, done.stderr).toMatchObject({ status: 0 })
    const events = done.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; hosts?: unknown; host?: string })
    expect(events[0]?.hosts).toEqual([`${name}/worker`, `${name}/cron`])
    expect(await job().authentications()).toBe(1)
    for (const path of [a, b]) expect(readdirSync(join(path, 'releases'))).toHaveLength(1)
    expect(readlinkSync(join(a, 'current'))).toBe(readlinkSync(join(b, 'current')))
    expect(lines(join(a, 'said'))).toEqual(['shipped', 'restart worker'])
    expect(lines(join(b, 'said'))).toEqual(['shipped', 'restart cron'])
    for (const path of [a, b]) expect(existsSync(join(path, '.dragonfab/lock'))).toBe(true)
  })

  test('with one path: one release with the links of both, hooks per role, one lock, one connection; and back', async () => {
    const { name, root } = job()
    const path = join(root, 'one')
    const { run } = await sshProject(hosts, {
      'dragonfab.config.mjs': config(
        `worker: { hosts: '${name}', linkedDirs: ['media'], linkedFiles: [{ path: 'log/audio.log', missing: 'warn' }] },
         cron: { hosts: '${name}', linkedDirs: ['spool', 'media'], dotenv: { ROLE: 'cron' } }`,
        `path: '${path}',`,
      ),
    })
    job().reset()
    const done = await run(['live', 'deploy'])
    expect(done, done.stderr).toMatchObject({ status: 0 })
    expect(done.stdout + done.stderr).toContain(`${name}/worker+cron`)
    expect(done.stdout + done.stderr).toMatch(/do not exist in .*shared yet: log\/audio.log/)
    expect(await job().authentications()).toBe(1)
    expect(lines(join(path, 'said'))).toEqual(['shipped', 'restart worker', 'restart cron'])
    const live = join(path, 'current')
    expect(['media', 'spool', 'log/audio.log'].map((each) => readlinkSync(join(live, each)))).toEqual(
      ['media', 'spool', 'log/audio.log'].map((each) => join(path, 'shared', each)),
    )
    expect(readFileSync(join(live, '.env'), 'utf8')).toBe('ROLE=cron\n')

    // One role alone: the release serves both, a restart does not.
    const second = await run(['live', 'release', '-r', 'cron'])
    expect(second, second.stderr).toMatchObject({ status: 0 })
    expect(second.stdout + second.stderr).toContain(`${name}/worker is included`)
    expect(readdirSync(join(path, 'releases'))).toHaveLength(2)
    expect(lines(join(path, 'said')).slice(3)).toEqual(['shipped', 'restart worker', 'restart cron'])
    assertSucceeded(await run(['live', 'restart', '-r', 'cron']))
    expect(lines(join(path, 'said')).slice(6)).toEqual(['restart cron'])
    const before = readlinkSync(live)
    assertSucceeded(await run(['live', 'rollback']))
    expect(readlinkSync(live)).not.toBe(before)
    expect(lines(join(path, 'said')).slice(7)).toEqual(['restart worker', 'restart cron'])
    expect((await run(['live', 'status', '--host', name])).stdout.match(/current/g)).toHaveLength(1)

    // What was saved is run; a lock by hand is one.
    assertSucceeded(await run(['live', 'deploy', '--plan-out', 'plan.json']))
    assertSucceeded(await run(['apply', 'plan.json']))
    expect((await run(['live', 'lock'])).stdout).toBe(`locked: ${name}/worker+cron\n`)
    assertSucceeded(await run(['live', 'unlock']))
  })

  test('two that would write one file differently are refused before anything is connected, with %(role)s as the remedy', async () => {
    const { name, root } = job()
    const path = join(root, 'differ')
    const roles = (more: string): string =>
      config(
        `worker: { hosts: '${name}', dotenv: { QUEUE: 'high' } }, cron: { hosts: '${name}', dotenv: { QUEUE: 'low' } }`,
        `path: '${path}', ${more}`,
      )
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': roles('') })
    job().reset()
    const refused = await run(['live', 'deploy', '--dry-run'])
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(
      /role worker and role cron would write different text to .*\/\.env on .*\[WRITTEN_TWICE\]\n.*%\(role\)s in environmentFile/,
    )
    expect(await job().authentications()).toBe(0)
    const apart = await sshProject(hosts, { 'dragonfab.config.mjs': roles("environmentFile: '.env.%(role)s',") })
    const done = await apart.run(['live', 'deploy'])
    expect(done, done.stderr).toMatchObject({ status: 0 })
    expect(readFileSync(join(path, 'current/.env.worker'), 'utf8')).toBe('QUEUE=high\n')
    expect(readFileSync(join(path, 'current/.env.cron'), 'utf8')).toBe('QUEUE=low\n')
  })

  test('written in two ways, the machine is found out by its lock', async () => {
    const { name, root, port, user } = job()
    const { run } = await sshProject(hosts, {
      'dragonfab.config.mjs': config(
        `worker: { hosts: '${name}' }, cron: { hosts: '${user}@127.0.0.1:${port}' }`,
        `path: '${join(root, 'ways')}', knownHosts: ['./known'],`,
      ),
      known: `${job().knownHostsLine}\n`,
    })
    const done = await run(['live', 'deploy', '--set', `identityFiles=${hosts.key}`])
    expect(done.status, done.stderr).toBe(1)
    expect(done.stderr).toMatch(/PLACE_TWICE/)
  })
})

describe('-r alone', () => {
  const stages = (root: string): string =>
    config('').replace(
      /environments: .*\n/,
      `environments: { first: { path: '${root}/first', roles: { web: { hosts: 'local' } } }, other: { hosts: 'local', path: '${root}/other' },
  second: { path: '${root}/second', roles: { web: { hosts: 'local' }, job: { hosts: 'local', path: '${root}/job' } } } },\n`,
    )

  test('all environments that have the role, one run after the other; a failure ends it', async () => {
    const root = join(job().root, 'stages')
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': stages(root) })
    const done = await run(['release', '-r', 'web'])
    expect(done, done.stderr).toMatchObject({ status: 0 })
    expect(['first', 'second', 'other', 'job'].map((each) => existsSync(join(root, each, 'current')))).toEqual([true, true, false, false])
    const failed = await run(['fail', '-r', 'web'])
    expect(failed.status).toBe(1)
    expect(failed.stderr).toContain('not started, because first failed: second')
    expect([existsSync(join(root, 'first/ran')), existsSync(join(root, 'second/ran'))]).toEqual([true, false])
    const looked = await run(['look', '-r', 'web'])
    expect(looked.status).toBe(1)
    expect(looked.stdout).toContain('second')
    expect(
      (await run(['env', '-r', 'web', '--json'])).stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { environment: string }).environment),
    ).toEqual(['first', 'second'])
  })

  test('reports mistakes of the second environment before the first run; refuses an unknown role', async () => {
    const root = join(job().root, 'wrong')
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': stages(root).replace(`path: '${root}/second'`, "path: '/'") })
    const refused = await run(['release', '-r', 'web'])
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('root of the file system') })
    expect(existsSync(root)).toBe(false)
    expect(await run(['release', '-r', 'wbe'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/no environment has role ‘wbe’.*\n.*did you mean "web"/),
    })
    expect(await run(['release', '-r', 'web', '--plan-out', 'p.json'])).toMatchObject({ status: 2 })
  })
})

test('reports problems of several hosts in the config’s order', async () => {
  const { run } = await sshProject(hosts, {
    'dragonfab.config.mjs': `export default { appName: 'a', environments: { all: { hosts: ['local', ...${JSON.stringify(hosts.hosts.map((each) => ({ name: each.name, stateDir: join(each.root, 'state') })))}] } },
  tasks: { t: { summary: 'x', run: ({ env, sh }) => sh\`\${env.host === 'local' ? 'sleep' : 'true'} 1; exit 9\` } } }`,
  })
  const { stdout } = await run(['all', 't', '--json'])
  const end = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { problems: { host: string }[] }
  expect(end.problems.map(({ host }) => host)).toEqual(['local', ...hosts.hosts.map((each) => each.name)])
})

test('after a release of one host, a plain rollback names --host', async () => {
  const [one, two] = hosts.hosts
  const { run } = await sshProject(hosts, {
    'dragonfab.config.mjs': config(`web: { hosts: ['${one?.name}', '${two?.name}'] }`, "path: '/tmp',").replace(
      /hosts: \['(\w+)', '(\w+)'\]/,
      (_, first: string, second: string) =>
        `hosts: [{ name: '${first}', path: '${one?.root}/back' }, { name: '${second}', path: '${two?.root}/back' }]`,
    ),
  })
  for (const args of [
    ['live', 'deploy'],
    ['live', 'deploy'],
    ['live', 'deploy', '--host', one?.name ?? ''],
  ])
    assertSucceeded(await run(args))
  const refused = await run(['live', 'rollback'])
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain(`--host ${one?.name}`)
  const back = await run(['live', 'rollback', '--host', one?.name ?? ''])
  expect(back, back.stderr).toMatchObject({ status: 0 })
})

test('one entry of a table is set by its name', async () => {
  const { run } = await sshProject(hosts, {
    'dragonfab.config.mjs': config(`web: { hosts: 'local', path: './x', dotenv: { A: '0', B: '2' } }`),
  })
  expect((await run(['live', 'env', '--set', 'dotenv.A=1', '--set', 'environment.C=a=b'])).stdout).toMatch(
    /^dotenv +\{"A":"1","B":"2","C":"a=b"\}/m,
  )
})
