import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DragonfabError } from '@dragonfab/core'
import { type Key, makeKey, mustRun, type SshHost, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSshPool, type SshEvent, type SshPoolOptions, type SshTarget } from '../src/index.ts'
import { run } from './run.ts'
import { runClient } from './run-client.ts'

let hosts: SshHosts
let host: SshHost
let stranger: Key
let directory: string
let known: string
let events: SshEvent[]

beforeAll(async () => {
  hosts = await startSshHosts(2, { hostKeyTypes: ['ed25519', 'ecdsa'] })
  host = hosts.hosts[0] as SshHost
})
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'host-keys-'))
  known = join(directory, 'known_hosts')
  stranger = await makeKey(directory, 'stranger')
  events = []
  for (const each of hosts.hosts) each.reset()
  return () => rm(directory, { recursive: true, force: true })
})
afterAll(() => hosts.stop())

async function attempt(target: Partial<SshTarget>, options: SshPoolOptions = {}) {
  const pool = createSshPool({ configFile: hosts.sshConfig, onEvent: (event) => void events.push(event), ...options })
  try {
    return await run(pool.executor({ host: 'web1', directory, knownHosts: './known_hosts', ...target }), ['echo', 'in'])
  } finally {
    await pool.close()
  }
}
const ours = () => `[127.0.0.1]:${host.port}`
const ed25519 = () => host.hostKeys[0] as Key
const ecdsa = () => host.hostKeys[1] as Key

describe('an unknown host key', () => {
  it.each(['yes', 'ask'] as const)('is refused before any login, when nobody can be asked (HKV-01, %s)', async (strictHostKeys) => {
    await expect(attempt({ strictHostKeys })).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      status: 1,
      problems: [
        {
          host: 'web1',
          cause: expect.stringContaining(ed25519().fingerprint),
          remedy: expect.stringContaining(`${ours()} ${ed25519().line}`),
        },
      ],
    })
    // Disconnected before the user's name was sent.
    await expect.poll(() => host.log()).toMatch(/Connection (closed|reset)|Unable to negotiate|Received disconnect/)
    expect(await host.authentications()).toBe(0)
    expect(await host.log()).not.toContain(host.user)
    await expect(stat(known)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is refused with `yes` even where somebody could be asked', async () => {
    const prompt = () => Promise.reject(new Error('asked'))
    await expect(attempt({ strictHostKeys: 'yes' }, { prompt })).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
  })

  it('is asked about, and learned after a yes', async () => {
    const asked: string[] = []
    const prompt = async (question: string) => {
      asked.push(question)
      return 'yes'
    }
    expect(await attempt({ strictHostKeys: 'ask' }, { prompt, connectTimeoutMs: 3_000 })).toMatchObject({ text: 'in\n' })
    expect(asked).toEqual([expect.stringContaining(ed25519().fingerprint)])
    expect(await readFile(known, 'utf8')).toBe(`${ours()} ${ed25519().line}\n`)
    expect(events).toContainEqual(expect.objectContaining({ type: 'learned' }))
    expect(await attempt({ strictHostKeys: 'yes' })).toMatchObject({ text: 'in\n' })
  })

  it('is refused after a no, and accepted by its fingerprint', async () => {
    await expect(attempt({ strictHostKeys: 'ask' }, { prompt: async () => 'no' })).rejects.toMatchObject({ code: 'HOST_KEY_UNKNOWN' })
    expect(await host.authentications()).toBe(0)
    expect(await attempt({ strictHostKeys: 'ask' }, { prompt: async () => ed25519().fingerprint })).toMatchObject({ text: 'in\n' })
  })

  it('is asked about once, however many hosts share the connection, and one question at a time', async () => {
    let asking = 0
    const asked: string[] = []
    const prompt = async (question: string) => {
      expect(++asking).toBe(1)
      asked.push(question)
      await new Promise((resolve) => setTimeout(resolve, 50))
      asking--
      return 'yes'
    }
    const pool = createSshPool({ configFile: hosts.sshConfig, prompt })
    const targets = ['web1', 'web2', 'web1', 'web2']
    const executors = targets.map((name) => pool.executor({ host: name, directory, knownHosts: known, strictHostKeys: 'ask' }))
    await Promise.all(executors.map((executor) => expect(run(executor, ['echo', 'in'])).resolves.toMatchObject({ text: 'in\n' })))
    await pool.close()
    expect(asked.length).toBe(2)
  })
})

describe('a changed host key', () => {
  it.each(['yes', 'ask', 'accept-new'] as const)('is refused with both fingerprints and the place (HKV-02, %s)', async (strictHostKeys) => {
    await writeFile(known, `# team\n${ours()} ${stranger.line}\n`)
    const refused = await attempt({ strictHostKeys }, { prompt: async () => 'yes' }).catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'HOST_KEY_CHANGED' })
    const { cause } = (refused as DragonfabError).problems[0] ?? {}
    expect(cause).toContain(ed25519().fingerprint)
    expect(cause).toContain(stranger.fingerprint)
    expect(cause).toContain(`${known}:2`)
    expect(await host.authentications()).toBe(0)
    expect(await readFile(known, 'utf8')).toBe(`# team\n${ours()} ${stranger.line}\n`)
  })

  it('is refused when revoked, whatever else is known', async () => {
    await writeFile(known, `${ours()} ${ed25519().line}\n@revoked * ${ed25519().line}\n`)
    await expect(attempt({ strictHostKeys: 'accept-new' })).rejects.toMatchObject({
      code: 'HOST_KEY_REVOKED',
      message: expect.stringContaining(`${known}:2`),
    })
    expect(await host.authentications()).toBe(0)
  })

  it('is told apart from a host that only an authority vouches for', async () => {
    await writeFile(known, `@cert-authority [127.0.0.1]:* ${stranger.line}\n`)
    await expect(attempt({ strictHostKeys: 'accept-new' })).rejects.toMatchObject({
      code: 'HOST_KEY_AUTHORITY',
      message: expect.stringContaining('certificate'),
    })
    expect(await host.authentications()).toBe(0)
  })
})

describe('accept-new', () => {
  it('asks for the type that is known, and learns no other (HKV-07)', async () => {
    const text = `${ours()} ${ecdsa().line}\n`
    await writeFile(known, text)
    expect(await attempt({ strictHostKeys: 'accept-new' })).toMatchObject({ text: 'in\n' })
    expect(await readFile(known, 'utf8')).toBe(text)
  })

  it.each([
    ['is absent', undefined],
    ['has no final newline', 'other.example.org ssh-ed25519 AAAA'],
    ['ends well', 'other.example.org ssh-ed25519 AAAA\n'],
  ])('keeps the file at one line a key with ten clients at once, where it %s (HKV-06)', async (_, before) => {
    if (before !== undefined) {
      await writeFile(known, before)
      await chmod(known, 0o600)
    }
    const jobs = Array.from({ length: 10 }, (_, index) =>
      runClient({
        options: { configFile: hosts.sshConfig },
        target: { host: index % 2 ? 'web1' : 'web2', directory, knownHosts: known, strictHostKeys: 'accept-new' },
        argv: ['true'],
      }),
    )
    const reports = await Promise.all(jobs)
    expect(reports.map((report) => report.problem ?? report.warnings[0] ?? report.status)).toEqual(reports.map(() => 0))
    const lines = (await readFile(known, 'utf8')).split('\n')
    expect(lines.pop()).toBe('')
    const learned = hosts.hosts.map((each) => `[127.0.0.1]:${each.port} ${each.hostKeys[0]?.line}`)
    expect([...lines].sort()).toEqual([...learned, ...(before === undefined ? [] : [before.trim()])].sort())
    expect((await stat(known)).mode & 0o777).toBe(0o600)
    expect(await mustRun(['ssh-keygen', '-F', ours(), '-f', known])).toContain(ed25519().line.split(' ')[1])
  })

  it('goes on with a warning where the file cannot be written', async () => {
    await mustRun(['chown', `${hosts.user.uid}`, directory])
    await writeFile(known, '')
    await chmod(known, 0o444)
    await chmod(directory, 0o555)
    const target = { host: 'web1', directory, knownHosts: known, strictHostKeys: 'accept-new', identityFiles: [] }
    // root may write anywhere: a client of the user's own.
    const key = join(tmpdir(), `key-${process.pid}`)
    await mustRun(['install', '-m', '600', '-o', `${hosts.user.uid}`, hosts.key, key])
    const config = join(tmpdir(), `config-${process.pid}`)
    await writeFile(config, `Host web1\n Hostname 127.0.0.1\n Port ${host.port}\n User ${host.user}\n IdentityFile ${key}\n`)
    const { uid, gid } = hosts.user
    const report = await runClient(
      { options: { configFile: config }, target, argv: ['true'] },
      { as: { uid, gid }, env: { PATH: process.env.PATH } },
    )
    await Promise.all([rm(key), rm(config)])
    expect(report).toMatchObject({ status: 0, warnings: [expect.stringContaining('could not be added')] })
    expect(await readFile(known, 'utf8')).toBe('')
  })

  it('takes no other key later in the run, even where it could not write the first down', async () => {
    const one = hosts.hosts[0] as SshHost
    const config = join(directory, 'config-swap')
    const other = await startSshHosts(1)
    const second = other.hosts[0] as SshHost
    // A name whose port leads to another host later: what a DNS entry that changes would do.
    const proxy = join(directory, 'proxy.mjs')
    const route = join(directory, 'route')
    await writeFile(route, String(one.port))
    await writeFile(
      proxy,
      `import { connect } from 'node:net'\nimport { readFileSync } from 'node:fs'\nconst s = connect(Number(readFileSync('${route}', 'utf8')), '127.0.0.1')\nprocess.stdin.pipe(s); s.pipe(process.stdout)\n`,
    )
    await writeFile(
      config,
      `Host swapped\n  User ${one.user}\n  IdentityFile ${hosts.key}\n  UserKnownHostsFile none\n  GlobalKnownHostsFile none\n  ProxyCommand ${process.execPath} ${proxy}\n`,
    )
    const pool = createSshPool({ configFile: config })
    const executor = pool.executor({ host: 'swapped', directory, strictHostKeys: 'accept-new' })
    expect(await run(executor, ['echo', 'in'])).toMatchObject({ text: 'in\n' })
    await writeFile(route, String(second.port))
    one.killConnections()
    await expect.poll(() => run(executor, ['true']).catch((error) => error)).toMatchObject({ code: 'HOST_KEY_CHANGED' })
    await pool.close()
    await other.stop()
  })

  it('hashes names where ssh_config says so', async () => {
    const config = join(directory, 'config')
    await writeFile(config, `HashKnownHosts yes\n${await readFile(hosts.sshConfig, 'utf8')}`)
    expect(await attempt({ strictHostKeys: 'accept-new' }, { configFile: config })).toMatchObject({ text: 'in\n' })
    expect(await readFile(known, 'utf8')).toMatch(/^\|1\|\S+\|\S+ ssh-ed25519 \S+\n$/)
    expect(await attempt({ strictHostKeys: 'yes' })).toMatchObject({ text: 'in\n' })
  })
})

describe('through a jump host', () => {
  const jump = async () => {
    const config = join(directory, 'config')
    await writeFile(config, `Host web1\n  ProxyJump web2\n${await readFile(hosts.sshConfig, 'utf8')}`)
    return { configFile: config }
  }
  const lines = () => hosts.hosts.map((each) => each.knownHostsLine)

  it('each host is checked by its own key', async () => {
    await writeFile(known, `${lines().join('\n')}\n`)
    expect(await attempt({ strictHostKeys: 'yes' }, await jump())).toMatchObject({ text: 'in\n' })
    expect(await hosts.hosts[1]?.connections()).toBe(1)
    expect(await hosts.hosts[0]?.connections()).toBe(1)
  })

  it('a wrong key of the jump host ends it there (HKV-08)', async () => {
    await writeFile(known, `${lines()[0]}\n[127.0.0.1]:${hosts.hosts[1]?.port} ${stranger.line}\n`)
    await expect(attempt({ strictHostKeys: 'yes' }, await jump())).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
      problems: [{ host: 'web2' }],
    })
    for (const each of hosts.hosts) expect(await each.authentications()).toBe(0)
    expect(await hosts.hosts[0]?.log()).toBe('')
  })

  it('a wrong key behind it is refused too', async () => {
    await writeFile(known, `${ours()} ${stranger.line}\n${lines()[1]}\n`)
    await expect(attempt({ strictHostKeys: 'accept-new' }, await jump())).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' })
    expect(await host.authentications()).toBe(0)
  })
})
