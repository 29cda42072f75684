import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fault, proxySshHosts, runCommand, startProxy, startSshHosts, type TcpProxy, waitUntil } from '../src/index.ts'

/** Answers every line with `echo LINE`, `push N` with N bytes at once, and remembers what it was told. */
let server: Server
let port = 0
const told: Buffer[][] = []
const ends: string[] = []

beforeAll(async () => {
  server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const own: Buffer[] = []
    const index = told.push(own) - 1
    ends[index] = ''
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      own.push(chunk)
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 1)
        if (line.startsWith('push ')) socket.write(Buffer.alloc(Number(line.slice(5)), 'x'))
        else socket.write(`echo ${line}\n`)
      }
    })
    socket.on('end', () => {
      ends[index] = 'fin'
      socket.end()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      ends[index] = error.code ?? 'error'
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.close()
})

interface Client {
  readonly socket: Socket
  readonly received: () => Buffer
  /** `fin`, an error code, or nothing yet. */
  readonly end: () => string
  readonly ask: (line: string) => Promise<void>
}

async function dial(proxy: TcpProxy): Promise<Client> {
  const socket = connect({ host: proxy.address, port: proxy.port, noDelay: true })
  const chunks: Buffer[] = []
  let end = ''
  let lines = 0
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    lines += chunk.toString('latin1').split('\n').length - 1
  })
  socket.on('end', () => {
    end ||= 'fin'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? 'error'
  })
  await once(socket, 'connect')
  const ask = async (line: string) => {
    const before = lines
    socket.write(`${line}\n`)
    await waitUntil(`an answer to ${line}`, () => lines > before)
  }
  return { socket, received: () => Buffer.concat(chunks), end: () => end, ask }
}

const through = async (options: { delayMs?: number; fault?: Fault }, test: (proxy: TcpProxy) => Promise<void>) => {
  const proxy = await startProxy({ to: { host: '127.0.0.1', port }, ...options })
  try {
    await test(proxy)
  } finally {
    await proxy.stop()
  }
}

describe('the proxy', () => {
  it('hands on both directions unchanged, and half-closes', () =>
    through({ delayMs: 3 }, async (proxy) => {
      const client = await dial(proxy)
      const index = told.length
      const sent = Buffer.concat([randomBytes(3_000_000), Buffer.from('\npush 2000000\n')])
      client.socket.end(sent)
      await waitUntil('the end', () => client.end() === 'fin', 20_000)
      const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
      expect(hash(Buffer.concat(told[told.length === index ? index - 1 : index] ?? []))).toBe(hash(sent))
      expect(client.received().subarray(-2_000_000).equals(Buffer.alloc(2_000_000, 'x'))).toBe(true)
      expect(proxy.bytes).toEqual({ up: sent.length, down: client.received().length })
    }))

  it('takes no byte through faster than the delay, and keeps many under way at once', () =>
    through({ delayMs: 40 }, async (proxy) => {
      const client = await dial(proxy)
      await client.ask('warm')
      const started = performance.now()
      await client.ask('one')
      expect(performance.now() - started).toBeGreaterThanOrEqual(80)
      // A hundred questions at once, each in a packet of its own, cost one round trip together and not a hundred.
      const before = proxy.roundTrips()
      const received = client.received().toString().split('\n').length
      const sending = performance.now()
      for (let question = 0; question < 100; question++) {
        client.socket.write(`${question}\n`)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const sent = performance.now() - sending
      await waitUntil('all answers', () => client.received().toString().split('\n').length === received + 100)
      // More only where a busy machine has taken longer to ask than an answer takes.
      expect(proxy.roundTrips() - before).toBeLessThanOrEqual(1 + Math.floor(sent / 80))
    }))

  it('counts as round trips only what waited for an answer, the opening included', () =>
    through({ delayMs: 60 }, async (proxy) => {
      const client = await dial(proxy)
      expect(proxy.roundTrips()).toBe(1)
      for (const line of ['a', 'b', 'c', 'd']) await client.ask(line)
      expect(proxy.roundTrips()).toBe(5)
      // What is said while an answer is still under way waits for nothing.
      client.socket.write('push 10\n')
      await new Promise((resolve) => setImmediate(resolve))
      await client.ask('e')
      expect(proxy.roundTrips()).toBe(6)
      client.socket.end('bye')
      await waitUntil('the end', () => client.end() === 'fin')
    }))

  it.each(['fin', 'rst'] as const)('cuts by %s exactly after byte k, in either direction', async (how) => {
    // A receiver on libuv that finds the last bytes and the reset in one look calls it an orderly end.
    const allowed = (bytes: number) => (how === 'fin' ? ['fin'] : bytes === 0 ? ['ECONNRESET'] : ['ECONNRESET', 'fin'])
    for (const bytes of [0, 1, 17, 4096, 99_999, 100_000]) {
      await through({ fault: { how, after: { direction: 'down', bytes } } }, async (proxy) => {
        const client = await dial(proxy)
        client.socket.write('push 100000\n')
        await waitUntil('the cut', () => client.end() !== '')
        expect([client.received().length, proxy.fired]).toEqual([bytes, 1])
        expect(allowed(bytes)).toContain(client.end())
      })
      await through({ fault: { how, after: { direction: 'up', bytes } } }, async (proxy) => {
        const client = await dial(proxy)
        client.socket.write(Buffer.alloc(100_000, 'y'))
        await waitUntil('the cut', () => client.end() !== '' && ends.at(-1) !== '')
        expect([Buffer.concat(told.at(-1) ?? []).length, proxy.fired]).toEqual([bytes, 1])
        expect(allowed(bytes)).toContain(ends.at(-1))
      })
    }
  })

  it('fires when the predicate says so, once, and lets the next connection live', () =>
    through({ delayMs: 1 }, async (proxy) => {
      const client = await dial(proxy)
      proxy.inject({ how: 'rst', when: ({ direction, bytes }) => (direction === 'up' && bytes.includes('switch') ? 'after' : false) })
      await client.ask('prepare')
      expect(proxy.fired).toBe(0)
      const index = told.length - 1
      client.socket.write('switch\n')
      await waitUntil('the cut', () => client.end() !== '')
      expect(Buffer.concat(told[index] ?? []).toString()).toBe('prepare\nswitch\n')
      expect(client.received().toString()).toBe('echo prepare\n')
      const next = await dial(proxy)
      await next.ask('switch')
      expect(proxy.fired).toBe(1)
    }))

  it('stalls without closing, and goes on where it was', () =>
    through({}, async (proxy) => {
      const client = await dial(proxy)
      await client.ask('before')
      proxy.inject({ how: 'stall' })
      client.socket.write('during\n')
      const other = await dial(proxy)
      await other.ask('a new connection passes')
      expect([client.received().toString(), client.end()]).toEqual(['echo before\n', ''])
      proxy.resume()
      await waitUntil('the answer', () => client.received().toString() === 'echo before\necho during\n')
      proxy.stall()
      const stuck = await dial(proxy)
      stuck.socket.write('stuck\n')
      expect(stuck.received().length).toBe(0)
      proxy.resume()
      await waitUntil('the answer', () => stuck.received().length > 0)
    }))

  it('refuses, and accepts again on the same port', () =>
    through({}, async (proxy) => {
      const open = await dial(proxy)
      await proxy.refuse()
      await expect(dial(proxy)).rejects.toThrow('ECONNREFUSED')
      await open.ask('still here')
      await proxy.accept()
      await (await dial(proxy)).ask('back')
    }))
})

describe('hosts behind proxies', () => {
  it('are known and reached under the proxies’ ports', async () => {
    const cluster = await startSshHosts(2)
    const proxied = await proxySshHosts(cluster, { delayMs: 10 })
    const answers = await Promise.all(cluster.hosts.map((host) => runCommand(['ssh', '-n', '-F', proxied.sshConfig, host.name, 'echo in'])))
    expect(answers.map((answer) => answer.stdout)).toEqual(['in\n', 'in\n'])
    const trips = proxied.proxies.map((proxy) => proxy.roundTrips())
    await proxied.stop()
    await cluster.stop()
    // A fresh ssh and one command: what the field's measurements show, 10 to 13.
    for (const count of trips) expect(count).toSatisfy((trip: number) => trip >= 8 && trip <= 13)
  })
})
