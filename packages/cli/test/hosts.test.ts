import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertSucceeded, type SshHosts, startSshHosts, takeSnapshot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sshProject } from './ssh-project.ts'

const config = (hosts: SshHosts, more = ''): string => `import release from '@dragonfab/plugin-release'
export default {
  appName: 'shop',
  plugins: [release()],
  vars: { text: 'first' },
  environments: { live: { roles: { web: { hosts: ${JSON.stringify(hosts.hosts.slice(0, 2).map((host) => ({ name: host.name, path: join(host.root, 'shop') })))} },
    job: { hosts: ${JSON.stringify(hosts.hosts.slice(2).map((host) => ({ name: host.name, path: join(host.root, 'shop') })))} } } } },
  hooks: { 'deploy.updating': ({ env, sh }) => sh\`printf %s \${env.vars.text} >\${env.releasePath}/text; echo built \${env.host}\` },
  tasks: {
    hello: { summary: 'Say hello', readOnly: true, args: ['to?'], run: ({ env, args, sh }) => sh\`echo hello \${args.to ?? 'you'} from \${env.host}; echo aside >&2\` },
    fail: { summary: 'Fail', run: ({ sh }) => sh\`echo on its way; exit 9\` },
  },
  ${more}
}
`

describe('three hosts over SSH', () => {
  let hosts: SshHosts
  beforeAll(async () => {
    // What a session reads is kept, so that it can be compared with what was printed.
    hosts = await startSshHosts(3, {
      config: [`ForceCommand tee -a "$HOME/$(echo $SSH_CONNECTION | tr ' ' -)" | sh -c "$SSH_ORIGINAL_COMMAND"`],
    })
  })
  afterAll(() => hosts.stop())
  const roots = (): string[] => hosts.hosts.map((host) => join(host.root, 'shop'))

  test('a dry run connects to nothing; a plan that is applied sends what was printed, byte for byte', async () => {
    const { directory, run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    for (const host of hosts.hosts) host.reset()
    const dry = await run(['live', 'deploy', '--dry-run'])
    expect(dry, dry.stderr).toMatchObject({ status: 0, stderr: '' })
    for (const host of hosts.hosts) {
      expect(dry.stdout).toMatch(new RegExp(`^### ${host.name} \\| release: starting started updating updated \\|`, 'm'))
      expect(dry.stdout).toMatch(new RegExp(`^### ${host.name} \\| undo of release: publishing published \\|`, 'm'))
      expect(await host.authentications()).toBe(0)
    }

    const saved = await run(['live', 'deploy', '--plan-out', 'plan.json', '--set', 'vars.text=planned'])
    expect(saved, saved.stderr).toMatchObject({ status: 0, stdout: '' })
    const shown = await run(['apply', 'plan.json', '--dry-run'])
    const scripts = [
      ...shown.stdout.matchAll(/^### (\S+) \| ((?!undo|after|functions).*) \| (\d+) bytes \| sha256 \w+(?: \| uses .*)?\n/gm),
    ].map((header) => {
      const from = Buffer.from(shown.stdout.slice(0, header.index + header[0].length)).length
      return {
        host: header[1] ?? '',
        text: Buffer.from(shown.stdout)
          .subarray(from, from + Number(header[3]))
          .toString(),
      }
    })
    expect(scripts.length).toBe(9)

    const applied = await run(['apply', 'plan.json'])
    expect(applied, applied.stderr).toMatchObject({ status: 0 })
    for (const root of roots()) expect(readFileSync(join(root, 'current/text'), 'utf8')).toBe('planned')
    const home = hosts.user.home
    const heard = readdirSync(home)
      .filter((name) => name.startsWith('127.'))
      .map((name) => readFileSync(join(home, name), 'utf8'))
    for (const { host, text } of scripts) {
      const port = hosts.hosts.find((each) => each.name === host)?.port
      const sessions = readdirSync(home)
        .filter((name) => name.endsWith(`-${port}`))
        .map((name) => readFileSync(join(home, name), 'utf8'))
      expect(
        sessions.some((session) => session.includes(text)),
        `a script of ${host} in ${heard.length} sessions`,
      ).toBe(true)
    }

    const again = await run(['apply', 'plan.json'])
    expect(again.status).toBe(1)
    expect(again.stderr).toContain('has changed since the plan was saved')
    writeFileSync(
      join(directory, 'dragonfab.config.mjs'),
      config(hosts).replace("'web1'", "'web9'").replace('"name":"web2"', '"name":"web9"'),
    )
    const other = await run(['apply', 'plan.json'])
    expect(other.status).toBe(2)
    expect(other.stderr).toMatch(/hosts/)
  })

  test('roles and hosts are chosen; answers come with their hosts', async () => {
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    const all = await run(['live', 'hello:world'])
    expect(all.status).toBe(0)
    expect(all.stdout.trim().split('\n').sort()).toEqual([
      'web1 │   hello world from web1',
      'web2 │   hello world from web2',
      'web3 │   hello world from web3',
    ])
    expect((await run(['hello', '-s', 'live', '-r', 'job'])).stdout).toBe('hello you from web3\n')
    expect((await run(['live', 'hello', '--host', 'web2', '--', 'my friend'])).stdout).toBe('hello my friend from web2\n')
  })

  test('reports all failures, and exits with 1', async () => {
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    const failed = await run(['live', 'fail'])
    expect(failed.status).toBe(1)
    for (const host of hosts.hosts) expect(failed.stderr).toMatch(new RegExp(`${host.name}.*ended with status 9`, 's'))
    expect(failed.stderr).toContain('  │ on its way')
  })

  test('--json: only events, and the same end', async () => {
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    const result = await run(['live', 'release', '--json'])
    const events = result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; target?: { name?: string }; text?: string; status?: number })
    expect(events[0]?.type).toBe('run:start')
    expect(events.at(-1)).toMatchObject({ type: 'run:end', status: 0 })
    for (const host of hosts.hosts)
      expect(
        events
          .filter((each) => each.type === 'step:output' && each.target?.name === host.name)
          .map((each) => each.text)
          .join(''),
      ).toContain(`built ${host.name}`)
    expect(result.stderr).toBe('')
  })

  test('lock refuses other runs with its holder and reason until unlock; the history has all of them', async () => {
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    expect((await run(['live', 'lock', '--reason', 'friday \x1b[2J“$(id)”'])).stdout).toBe('locked: web1, web2, web3\n')
    const before = roots().map((root) => takeSnapshot(join(root, 'releases')))
    const refused = await run(['live', 'deploy'])
    expect(refused.status).toBe(75)
    expect(refused.stderr).toMatch(/locked by hand by .*friday/)
    expect(refused.stderr).not.toContain('\x1b')
    expect(roots().map((root) => takeSnapshot(join(root, 'releases')))).toEqual(before)
    expect((await run(['live', 'unlock'])).stdout).toBe('unlocked: web1, web2, web3\n')
    assertSucceeded(await run(['live', 'deploy', '--reason', 'a new week'], { env: { DRAGONFAB_USER: 'ann' } }))
    const history = (await run(['live', 'history'])).stdout.trim().split('\n')
    expect(history.at(-1)).toMatch(/UTC {2}done +ann@\S+ +deploy +web1, web2, web3 {2}release \S+ {2}“a new week”$/)
    expect(history.some((line) => line.includes(' failed '))).toBe(true)
  })

  test('env: every variable and its origin, secrets masked, no connection', async () => {
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    for (const host of hosts.hosts) host.reset()
    const { stdout } = await run(['live', 'env', '--keep-releases', '9'])
    expect(stdout).toMatch(/^keepReleases +9 +--set/m)
    expect(stdout).toMatch(new RegExp(`^user +${hosts.user.name} +ssh_config`, 'm'))
    const json = JSON.parse((await run(['live', 'env', '--json'])).stdout) as {
      hosts: { name: string; variables: { name: string; value: unknown; origin: string }[] }[]
    }
    expect(json.hosts.map((host) => host.name)).toEqual(['web1', 'web2', 'web3'])
    expect(json.hosts[2]?.variables.find((each) => each.name === 'role')?.value).toBe('job')
    for (const host of hosts.hosts) expect(await host.authentications()).toBe(0)
  })

  test('list: for people and for tools', async () => {
    const { run } = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
    const { stdout } = await run(['list'])
    expect(stdout).toContain('live  web: web1, web2 · job: web3')
    expect(stdout).toMatch(/hello:to\? +Say hello \(config\)/)
    const listed = JSON.parse((await run(['list', '--json'])).stdout) as {
      tasks: { name: string }[]
      signals: { name: string; hooks: unknown[] }[]
    }
    expect(listed.tasks.map((task) => task.name)).toEqual(expect.arrayContaining(['deploy', 'release', 'rollback', 'hello', 'status']))
    expect(listed.signals.find((signal) => signal.name === 'deploy.updating')?.hooks).toContainEqual({ plugin: 'config' })
  })
})

describe('--ask-sudo-password', () => {
  test('asked once, used on all hosts, shown nowhere', async () => {
    const hosts = await startSshHosts(2, { user: 'sudo-password' })
    try {
      const files = {
        'dragonfab.config.mjs': config(hosts, '')
          .replace("sudoUser: ''", '')
          .replace("appName: 'shop',", "appName: 'shop', sudoUser: 'root',"),
      }
      const { run } = await sshProject(hosts, files)
      const password = hosts.user.password ?? ''
      const without = await run(['live', 'hello'])
      expect(without.status).toBe(1)
      expect(without.stderr).toContain('--ask-sudo-password')
      const wrong = await run(['live', 'hello', '--ask-sudo-password'], { stdin: 'wrong\n' })
      expect(wrong.status).toBe(1)
      const right = await run(['live', 'hello:root', '--ask-sudo-password', '--verbose'], { stdin: `${password}\n` })
      expect(right, right.stderr).toMatchObject({ status: 0 })
      expect(right.stdout).toContain('hello root from web1')
      expect(right.stdout + right.stderr).not.toContain(password)
    } finally {
      await hosts.stop()
    }
  })
})
