import { findFreePort, type SshHosts, startSshHosts, waitUntil } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSshPool, type SshEvent, type SshPool, type SshPoolOptions } from '../src/index.ts'
import { run, script } from './run.ts'

let hosts: SshHosts
const pools: SshPool[] = []
const events: SshEvent[] = []

beforeAll(async () => {
  hosts = await startSshHosts(1)
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
  events.length = 0
  hosts.hosts[0]?.reset()
})
afterAll(() => hosts.stop())

function host() {
  const [first] = hosts.hosts
  if (!first) throw new Error('no host')
  return first
}

function connect(options: SshPoolOptions = {}) {
  const pool = createSshPool({ configFile: hosts.sshConfig, onEvent: (event) => void events.push(event), ...options })
  pools.push(pool)
  return pool.executor({ host: 'web1', directory: hosts.directory })
}

describe('a command', () => {
  it('gives its output and its status', async () => {
    const ran = await script(connect(), 'echo out; echo err >&2; exit 3')
    expect(ran).toMatchObject({ status: 3, text: 'out\n' })
    expect(ran.stderr.toString()).toBe('err\n')
    expect(ran.lost).toBeUndefined()
  })

  it('reads its input and the end of it', async () => {
    expect(await run(connect(), ['cat'], { stdin: 'a\nb' })).toMatchObject({ status: 0, text: 'a\nb' })
  })

  it('gets its arguments byte for byte, whatever they hold', async () => {
    const words = ['a b', "it's", '$HOME `id` "x"', 'back\\slash\\', "\\'", '', '*', '-n', 'ünï', '!!', 'new\nline', '\t#~{a,b}', '%d']
    const ran = await run(connect(), ['printf', '[%s]', ...words])
    expect(ran.text).toBe(words.map((word) => `[${word}]`).join(''))
  })

  it('gets variables and a directory', async () => {
    const ran = await script(connect(), 'pwd; printf %s "$NAME"', { cwd: host().root, env: { NAME: "a 'b' \\ c" } })
    expect(ran).toMatchObject({ status: 0, text: `${host().root}\na 'b' \\ c` })
    expect((await script(connect(), 'echo no', { cwd: '/nowhere' })).status).toBe(126)
  })

  it('is refused when it has a NUL, and the connection lives on', async () => {
    const executor = connect()
    await run(executor, ['true'])
    await expect(executor.open(['echo', 'a\0b'])).rejects.toMatchObject({ code: 'SHELL_NUL', status: 2 })
    expect((await run(executor, ['echo', 'on'])).text).toBe('on\n')
    expect(await host().connections()).toBe(1)
  })

  it('tells signals and high statuses apart', async () => {
    const executor = connect()
    expect(await script(executor, 'kill -9 $$')).toMatchObject({ status: undefined, signal: 'KILL' })
    expect(await script(executor, 'exit 255')).toMatchObject({ status: 255 })
    expect(await script(executor, 'echo no >&2; exit 0')).toMatchObject({ status: 0 })
    expect((await script(executor, 'exit 255')).signal).toBeUndefined()
  })

  it('has a terminal when asked for', async () => {
    const ran = await script(connect(), 'test -t 1 && stty size; echo err >&2', { tty: { columns: 99, rows: 33 } })
    expect(ran).toMatchObject({ status: 0, text: '33 99\r\nerr\r\n' })
  })

  it('is over when it ends, though a child holds its output open (OUT-04)', async () => {
    const began = performance.now()
    const ran = await script(connect(), 'sleep 600 & echo ok $!')
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(ran.status).toBe(0)
    expect(ran.text).toMatch(/^ok \d+\n$/)
    expect(events).toContainEqual({ type: 'warning', host: 'web1', message: expect.stringContaining('still keeps the output open') })
    process.kill(Number(ran.text.slice(3)), 'SIGKILL')
  })

  it('is not over while output of a background child still comes', async () => {
    const ran = await script(connect(), '(for i in 1 2 3 4 5 6; do sleep 0.2; echo $i; done) &')
    expect(ran).toMatchObject({ status: 0, text: '1\n2\n3\n4\n5\n6\n' })
  })

  it('loses its channel when closed, without waiting for children', async () => {
    const executor = connect()
    const command = await executor.open(['sh', '-c', 'sleep 600 & cat'])
    command.close()
    expect(await command.done).toMatchObject({ status: undefined, lost: expect.stringContaining('closed on this machine') })
    await expect(command.write('x')).rejects.toMatchObject({ code: 'SSH_INPUT_CLOSED' })
    expect((await run(executor, ['echo', 'next'])).text).toBe('next\n')
  })

  it('ends when aborted, before or while it runs', async () => {
    const executor = connect()
    const stop = new AbortController()
    const command = await executor.open(['cat'], { signal: stop.signal })
    stop.abort()
    expect(await command.done).toMatchObject({ status: undefined, lost: 'it was aborted' })
    await expect(executor.open(['cat'], { signal: stop.signal })).rejects.toThrow()
  })

  it('ends with the wait for its connection when aborted', async () => {
    const stop = new AbortController()
    const executor = connect({ connectTimeoutMs: 10_000 })
    const opening = executor.open(['cat'], { signal: stop.signal })
    stop.abort()
    await expect(opening).rejects.toThrow()
    expect((await run(executor, ['echo', 'next'])).text).toBe('next\n')
    await waitUntil(
      'no session but the last',
      async () => (await host().log()).match(/Close session/g)?.length === (await host().sessions()),
    )
  })

  it('rejects what is written after its end', async () => {
    const command = await connect().open(['true'])
    expect(await command.done).toMatchObject({ status: 0 })
    await expect(command.write('x')).rejects.toMatchObject({ code: 'SSH_INPUT_CLOSED' })
  })

  it('is heard to the end however short it is', async () => {
    const executor = connect()
    for (let round = 0; round < 20; round++) {
      const all = await Promise.all(Array.from({ length: 8 }, () => run(executor, ['true'])))
      expect(all.map((ran) => ran.status ?? ran.lost)).toEqual(all.map(() => 0))
    }
  })

  it('ends with the error of the receiver of its output', async () => {
    const command = await connect().open(['echo', 'x'], {
      onOutput: () => {
        throw new Error('cannot take it')
      },
    })
    await expect(command.done).rejects.toThrow('cannot take it')
  })
})

describe('a connection', () => {
  it('is one for all sessions of an address, also of other executors (one handshake)', async () => {
    const executor = connect()
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => expect(script(executor, `echo ${index}`)).resolves.toMatchObject({ text: `${index}\n` })),
    )
    const pool = pools[0]
    const other = pool?.executor({
      host: '127.0.0.1',
      port: host().port,
      user: host().user,
      directory: '/',
      knownHosts: hosts.knownHosts,
      identityFiles: [hosts.key],
    })
    expect(other && (await run(other, ['echo', 'x'])).text).toBe('x\n')
    // The second target brings known_hosts and keys of its own, so it is another way to log in.
    expect(await host().connections()).toBe(2)
    expect(await host().sessions()).toBe(31)
  })

  it('is made only when the first command runs, and again when it was lost', async () => {
    const executor = connect()
    expect(await host().connections()).toBe(0)
    expect((await run(executor, ['echo', '1'])).text).toBe('1\n')
    host().killConnections()
    await waitUntil('the loss', () => events.some((event) => event.type === 'lost'))
    expect((await run(executor, ['echo', '2'])).text).toBe('2\n')
    expect(await host().connections()).toBe(2)
  })

  it('ends with the last executor', async () => {
    const executor = connect()
    await run(executor, ['true'])
    await executor.close()
    await waitUntil('sshd alone', () => host().pids().length === 1)
    await expect(executor.open(['true'])).rejects.toMatchObject({ code: 'SSH_CLOSED' })
  })

  it('forwards to a place as seen from the host', async () => {
    const stream = await connect().forward?.('127.0.0.1', host().port)
    const said = await new Promise((resolve) => stream?.once('data', (chunk: Buffer) => resolve(chunk.toString())))
    expect(said).toMatch(/^SSH-2\.0-OpenSSH/)
    ;(stream as unknown as { destroy(): void }).destroy()
    await expect(connect().forward?.('127.0.0.1', await findFreePort())).rejects.toMatchObject({ code: 'SSH_FORWARD' })
  })
})
