import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DragonfabError, isDragonfabError } from '@dragonfab/core'
import { findFreePort, makeKey, type SshHost, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSshPool, type SshEvent, type SshPoolOptions, type SshTarget } from '../src/index.ts'
import { run } from './run.ts'

// SSH-03: each with one clear error, no stack, no crash.
let hosts: SshHosts
let host: SshHost
let directory: string
const servers: Server[] = []
let uncaught: unknown[] = []
const catchAll = (error: unknown) => void uncaught.push(error)

beforeAll(async () => {
  hosts = await startSshHosts(1)
  host = hosts.hosts[0] as SshHost
  directory = await mkdtemp(join(tmpdir(), 'failures-'))
  process.on('uncaughtException', catchAll)
  process.on('unhandledRejection', catchAll)
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  // What is emitted late would come now.
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(uncaught).toEqual([])
  uncaught = []
  host.reset()
})
afterAll(async () => {
  process.off('uncaughtException', catchAll)
  process.off('unhandledRejection', catchAll)
  await hosts.stop()
  await rm(directory, { recursive: true, force: true })
})

async function failure(target: Partial<SshTarget>, options: SshPoolOptions = {}) {
  const events: SshEvent[] = []
  const pool = createSshPool({
    configFile: hosts.sshConfig,
    connectTimeoutMs: 8_000,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  const began = performance.now()
  try {
    const ran = await run(pool.executor({ host: 'web1', directory, ...target }), ['true'])
    throw new Error(`it worked: ${JSON.stringify(ran)}`)
  } catch (error) {
    if (!isDragonfabError(error)) throw error
    const [problem] = error.problems
    expect(error.problems.length).toBe(1)
    expect(error.status).toBe(1)
    expect(problem?.host).toBe(target.host ?? 'web1')
    expect(problem?.remedy).toBeTruthy()
    expect(error.message).not.toMatch(/\n\s+at /)
    return { code: error.code, message: textOf(error), ms: performance.now() - began, events }
  } finally {
    await pool.close()
  }
}

/** A server that does with each connection what it is told. */
async function server(talk: (socket: Socket) => void): Promise<number> {
  const made = createServer((socket) => {
    socket.on('error', () => undefined)
    talk(socket)
  })
  servers.push(made)
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  const address = made.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function failureAt(port: number, options: SshPoolOptions = {}) {
  const config = join(directory, `config-${port}`)
  await writeFile(config, `Host there\n HostName 127.0.0.1\n Port ${port}\n User nobody\n`)
  return failure({ host: 'there' }, { configFile: config, ...options })
}

describe('a host that cannot be reached', () => {
  it('refuses connections', async () => {
    const { code, message } = await failureAt(await findFreePort())
    expect(code).toBe('SSH_REFUSED')
    expect(message).toMatch(/127\.0\.0\.1 port \d+/)
  })

  it('has no route', async () => {
    const { code } = await failure({ host: '255.255.255.255' }, { connectTimeoutMs: 3_000 })
    expect(code).toBe('SSH_UNREACHABLE')
  })

  it('has a name that does not resolve', async () => {
    const { code, message } = await failure({ host: 'no-such-host.invalid' })
    expect(code).toBe('SSH_DNS')
    expect(message).toContain('no-such-host.invalid')
  })

  it('never answers', async () => {
    const { code, ms } = await failureAt(await server(() => undefined), { connectTimeoutMs: 700 })
    expect(code).toBe('SSH_TIMEOUT')
    expect(ms).toBeLessThan(3_000)
  })

  it('sends a byte now and then (tarpit)', async () => {
    const timers: NodeJS.Timeout[] = []
    const port = await server((socket) => timers.push(setInterval(() => socket.write('x'), 50)))
    const { code, ms } = await failureAt(port, { connectTimeoutMs: 700 })
    for (const timer of timers) clearInterval(timer)
    expect(code).toBe('SSH_NOT_SSH')
    expect(ms).toBeLessThan(3_000)
  })

  it('stalls in the middle of the handshake', async () => {
    const { code } = await failureAt(await server((socket) => socket.write('SSH-2.0-Stall\r\n')), { connectTimeoutMs: 700 })
    expect(code).toBe('SSH_TIMEOUT')
  })
})

describe('a server that does not speak SSH', () => {
  it('is reported with its answer', async () => {
    const port = await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n\x1b[31m'))
    const { code, message, events } = await failureAt(port)
    expect(code).toBe('SSH_NOT_SSH')
    expect(message).toContain('HTTP/1.1 400 Bad Request')
    expect(message).not.toContain('\x1b')
    expect(events.filter((event) => event.type === 'retry')).toEqual([])
  })

  it('may send any garbage', async () => {
    const garbage = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7919) & 0xff))
    expect((await failureAt(await server((socket) => socket.end(garbage)))).code).toBe('SSH_NOT_SSH')
  })

  it('may send garbage after a good start', async () => {
    const garbage = Buffer.alloc(40_000, 0xff)
    const port = await server((socket) => socket.end(Buffer.concat([Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), garbage])))
    expect((await failureAt(port)).code).toMatch(/^SSH_(FAILED|ENDED)$/)
  })
})

describe('a host that hangs up before the login', () => {
  it('is tried again, a few times', async () => {
    let connections = 0
    const port = await server((socket) => {
      connections++
      socket.destroy()
    })
    const { code, events } = await failureAt(port)
    expect(code).toBe('SSH_ENDED')
    expect(connections).toBe(5)
    expect(events.filter((event) => event.type === 'retry').length).toBe(4)
  })

  it('tells why (MaxStartups)', async () => {
    const { code, message } = await failureAt(await server((socket) => socket.end('Exceeded MaxStartups\r\n')))
    expect(code).toBe('SSH_ENDED')
    expect(message).toContain('Exceeded MaxStartups')
  })
})

describe('a host that hangs up during the login', () => {
  it('is not tried again: a login may have had effects', async () => {
    interface Session extends NodeJS.EventEmitter {
      on(event: 'authentication' | 'error', listener: () => void): this
    }
    const { Server } = createRequire(import.meta.url)('ssh2') as {
      Server: new (options: { hostKeys: Buffer[] }, onConnection: (client: Session) => void) => Server
    }
    let connections = 0
    const hostKey = await makeKey(directory, 'rude-host-key')
    const rude = new Server({ hostKeys: [await readFile(hostKey.file)] }, (client) => {
      connections++
      const { _sock: socket } = client as unknown as { _sock: Socket }
      client.on('error', () => undefined)
      client.on('authentication', () => socket.destroy())
    })
    servers.push(rude)
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
    const { port } = rude.address() as AddressInfo
    const known = join(directory, 'rude-known')
    await writeFile(known, `[127.0.0.1]:${port} ${hostKey.line}\n`)
    const config = join(directory, 'config-rude')
    await writeFile(
      config,
      `Host there\n HostName 127.0.0.1\n Port ${port}\n User x\n IdentityFile ${hosts.key}\n UserKnownHostsFile ${known}\n`,
    )
    const { code, message, events } = await failure({ host: 'there' }, { configFile: config })
    expect(code).toBe('SSH_ENDED')
    expect(message).toContain('during the login')
    expect(events).toEqual([])
    expect(connections).toBe(1)
  })
})

describe('a login', () => {
  const login = async (lines: string[], target: Partial<SshTarget> = {}, options: SshPoolOptions = {}) => {
    const config = join(directory, 'config-login')
    const base = (await readFile(hosts.sshConfig, 'utf8')).replace(/ {2}(IdentityFile|IdentitiesOnly) .*\n/g, '')
    await writeFile(config, `Host web1\n${lines.map((line) => `  ${line}\n`).join('')}${base}`)
    return failure(target, { configFile: config, ...options })
  }

  it('as an unknown user is refused', async () => {
    const { code, message } = await login(['User nobody-here', `IdentityFile ${hosts.key}`, 'IdentityAgent none'])
    expect(code).toBe('SSH_AUTH')
    expect(message).toContain('nobody-here')
    expect(message).toContain(hosts.key)
  })

  it('with a key that the host does not know is refused, once', async () => {
    const key = await makeKey(directory, 'other-key')
    const { code, message, events } = await login([`IdentityFile ${key.file}`, 'IdentityAgent none'])
    expect(code).toBe('SSH_AUTH')
    expect(message).toContain(key.file)
    expect(message).toContain('publickey')
    expect(events.filter((event) => event.type === 'retry')).toEqual([])
    expect((await host.events()).filter((event) => event.kind === 'attempt').length).toBeLessThanOrEqual(2)
  })

  it('without any key says where keys were looked for', async () => {
    const { code, message } = await login([`IdentityFile ${directory}/no-key`, `IdentityAgent ${directory}/no-agent`])
    expect(code).toBe('SSH_NO_KEY')
    expect(message).toContain(`${directory}/no-key: the file does not exist`)
    expect(message).toContain(`${directory}/no-agent cannot be asked`)
  })

  it('with an encrypted key where nobody can be asked names the key', async () => {
    const key = await makeKey(directory, 'locked', { passphrase: 'secret' })
    const { code, message } = await login([`IdentityFile ${key.file}`, 'IdentityAgent none'])
    expect(code).toBe('SSH_KEY_ENCRYPTED')
    expect(message).toContain(`the key ${key.file} is encrypted`)
    expect(message).toContain(`ssh-add ${key.file}`)
  })

  it('with a file that is no key says so', async () => {
    const file = join(directory, 'no-key-at-all')
    await writeFile(file, 'hello\n', { mode: 0o600 })
    const { code, message } = await login([`IdentityFile ${file}`, 'IdentityAgent none'])
    expect(code).toBe('SSH_NO_KEY')
    expect(message).toContain(file)
  })

  it('with too many keys says how to choose', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, (_, index) => makeKey(directory, `many-${index}`)))
    const { code, message } = await login([...keys.map((key) => `IdentityFile ${key.file}`), 'IdentityAgent none'])
    expect(code).toBe('SSH_AUTH')
    expect(message).toContain('IdentitiesOnly')
  })
})

describe('a host that has nothing in common with us', () => {
  it('is told so', async () => {
    const modern = await startSshHosts(1, { config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
    try {
      const { code, events } = await failure({}, { configFile: modern.sshConfig })
      expect(code).toBe('SSH_ALGORITHMS')
      expect(events).toEqual([])
    } finally {
      await modern.stop()
    }
  })

  it('is not tried where ssh_config leaves nothing that we know', async () => {
    const config = join(directory, 'config-algorithms')
    await writeFile(config, `HostKeyAlgorithms sk-ssh-ed25519@openssh.com\n${await readFile(hosts.sshConfig, 'utf8')}`)
    expect((await failure({}, { configFile: config })).code).toBe('SSH_ALGORITHMS')
  })
})

describe('a target', () => {
  it.each([
    { host: '-oProxyCommand=touch /tmp/x' },
    { host: '' },
    { host: 'a b' },
    { host: 'a;b' },
    { host: '$(id)' },
    { host: 'web1', user: '-l' },
    { host: 'web1', user: 'a\nb' },
    { host: 'web1', port: 0 },
    { host: 'web1', port: 70_000 },
    { host: 'web1', port: 1.5 },
  ])('that cannot be one is refused as a usage error: %j', (target) => {
    expect(() => createSshPool().executor({ ...target, directory })).toThrow(expect.objectContaining({ code: 'SSH_TARGET', status: 2 }))
  })
})

/** Everything that an error says. */
function textOf({ message, problems }: DragonfabError): string {
  return [message, ...problems.flatMap(({ cause, remedy }) => [cause, remedy])].join('\n')
}
