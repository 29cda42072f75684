import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, listProcesses, type SshHosts, startSshHosts, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSshPool, type SshPool, type SshPoolOptions } from '../src/index.ts'
import { run } from './run.ts'

let hosts: SshHosts
let directory: string

beforeAll(async () => {
  hosts = await startSshHosts(4)
  directory = await mkdtemp(join(tmpdir(), 'jump-'))
})
beforeEach(() => {
  for (const each of hosts.hosts) each.reset()
})
afterAll(async () => {
  await hosts.stop()
  await rm(directory, { recursive: true, force: true })
})

let configs = 0
async function withConfig<T>(text: string, work: (pool: SshPool) => Promise<T>, options: SshPoolOptions = {}): Promise<T> {
  const configFile = join(directory, `config-${configs++}`)
  await writeFile(configFile, `${text}\n${await readFile(hosts.sshConfig, 'utf8')}`)
  const pool = createSshPool({ configFile, ...options })
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}
const echo = (pool: SshPool, host: string) => run(pool.executor({ host, directory }), ['echo', host])
const counts = () => Promise.all(hosts.hosts.map((each) => each.connections()))

describe('a jump host', () => {
  it('is connected to once for all hosts behind it', async () => {
    await withConfig('Host web1 web2 web3\n  ProxyJump web4', async (pool) => {
      const all = await Promise.all(['web1', 'web2', 'web3', 'web1'].map((host) => echo(pool, host)))
      expect(all.map((ran) => ran.text)).toEqual(['web1\n', 'web2\n', 'web3\n', 'web1\n'])
    })
    expect(await counts()).toEqual([1, 1, 1, 1])
  })

  it('may be one of several, visited in order', async () => {
    await withConfig('Host web1\n  ProxyJump web4,web3,web2', async (pool) => expect((await echo(pool, 'web1')).text).toBe('web1\n'))
    expect(await counts()).toEqual([1, 1, 1, 1])
    const from = async (index: number) => (await hosts.hosts[index]?.log())?.includes(`from 127.0.0.1`)
    expect(await Promise.all([0, 1, 2, 3].map(from))).toEqual([true, true, true, true])
  })

  it('may have a jump host of its own, and a user and a port in its name', async () => {
    const [, , third, fourth] = hosts.hosts
    const text = `Host web1\n  ProxyJump ssh://${third?.user}@127.0.0.1:${third?.port}\nHost 127.0.0.1\n  ProxyJump web4\n  IdentityFile ${hosts.key}\n  UserKnownHostsFile ${hosts.knownHosts}\n  StrictHostKeyChecking yes`
    await withConfig(text, async (pool) => expect((await echo(pool, 'web1')).text).toBe('web1\n'))
    expect(await counts()).toEqual([1, 0, 1, 1])
    expect(fourth?.name).toBe('web4')
  })

  it('that is its own jump host is an error', async () => {
    const ring = withConfig('Host *\n  ProxyJump web2', (pool) => echo(pool, 'web1'))
    await expect(ring).rejects.toMatchObject({ code: expect.stringMatching(/^SSH_(JUMP|CONFIG)$/) })
  })

  it('that cannot reach the host says so', async () => {
    const text = `Host gone\n  HostName 127.0.0.1\n  Port ${await findFreePort()}\n  ProxyJump web2`
    const refused = withConfig(text, (pool) => echo(pool, 'gone'))
    await expect(refused).rejects.toMatchObject({ code: 'SSH_REFUSED', message: expect.stringContaining('through web2') })
  })

  it('that does not forward says so', async () => {
    const closed = await startSshHosts(1, { config: ['AllowTcpForwarding no'] })
    try {
      const configFile = join(directory, 'closed')
      const jump = (await readFile(closed.sshConfig, 'utf8')).replace('Host web1', 'Host closed')
      await writeFile(configFile, `Host web1\n  ProxyJump closed\n${await readFile(hosts.sshConfig, 'utf8')}\n${jump}`)
      const pool = createSshPool({ configFile })
      await expect(echo(pool, 'web1')).rejects.toMatchObject({ code: 'SSH_JUMP' })
      await pool.close()
    } finally {
      await closed.stop()
    }
  })

  it('that is lost takes those behind it with it, as unknown', async () => {
    await withConfig('Host web1\n  ProxyJump web2', async (pool) => {
      const executor = pool.executor({ host: 'web1', directory })
      const command = await executor.open(['cat'])
      hosts.hosts[1]?.killConnections()
      expect(await command.done).toMatchObject({ status: undefined, lost: expect.any(String) })
      expect((await run(executor, ['echo', 'again'])).text).toBe('again\n')
    })
  })
})

describe('a ProxyCommand', () => {
  it('carries the connection, with its tokens', async () => {
    const proxy = join(directory, 'proxy.mjs')
    await writeFile(
      proxy,
      "import { connect } from 'node:net'\nconst s = connect(Number(process.argv[3]), process.argv[2])\nprocess.stdin.pipe(s); s.pipe(process.stdout)\n",
    )
    await withConfig(`Host web1\n  ProxyCommand ${process.execPath} '${proxy}' %h %p # %r`, async (pool) => {
      expect((await echo(pool, 'web1')).text).toBe('web1\n')
      expect(listProcesses().some((each) => each.command.includes(proxy))).toBe(true)
    })
    await waitUntil('the end of the command', () => !listProcesses().some((each) => each.command.includes(proxy)))
    expect(await counts()).toEqual([1, 0, 0, 0])
  })

  it('that fails is reported with its output', async () => {
    const refused = withConfig('Host web1\n  ProxyCommand echo no way >&2', (pool) => echo(pool, 'web1'))
    await expect(refused).rejects.toMatchObject({ code: 'SSH_PROXY', problems: [{ cause: expect.stringMatching(/no way/) }] })
  })

  it('that fails is reported with its status', async () => {
    const refused = withConfig('Host web1\n  ProxyCommand sh -c "exit 3"', (pool) => echo(pool, 'web1'))
    await expect(refused).rejects.toMatchObject({ code: 'SSH_PROXY', problems: [{ cause: expect.stringContaining('status 3') }] })
  })

  it('that does not exist is reported', async () => {
    const refused = withConfig('Host web1\n  ProxyCommand /no/such/command', (pool) => echo(pool, 'web1'))
    await expect(refused).rejects.toMatchObject({ code: 'SSH_PROXY', problems: [{ cause: expect.stringContaining('/no/such/command') }] })
  })
})
