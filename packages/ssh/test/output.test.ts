import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSshPool, type SshPool } from '../src/index.ts'
import { random } from './random.ts'
import { run, script } from './run.ts'
import { runClient } from './run-client.ts'

let hosts: SshHosts
let pool: SshPool
let directory: string

beforeAll(async () => {
  hosts = await startSshHosts(1)
  pool = createSshPool({ configFile: hosts.sshConfig })
  directory = await mkdtemp(join(tmpdir(), 'output-'))
})
afterAll(async () => {
  await pool.close()
  await hosts.stop()
  await rm(directory, { recursive: true, force: true })
})
const executor = () => pool.executor({ host: 'web1', directory })
const client = (argv: string[], slowMs?: number) =>
  runClient({ options: { configFile: hosts.sshConfig }, target: { host: 'web1', directory }, argv, ...(slowMs ? { slowMs } : {}) })

describe('a gigabyte', () => {
  it.each(['stdout', 'stderr'])('of %s takes little memory and keeps its status (OUT-01)', async (stream) => {
    const report = await client(['sh', '-c', `head -c 1000000000 /dev/zero ${stream === 'stderr' ? '>&2' : ''}; exit 7`])
    expect(report).toMatchObject({ status: 7, bytes: 1_000_000_000 })
    expect(report.rssMb).toBeLessThan(200)
  })

  it.each(['stdout', 'stderr', 'both'])('waits for who takes it slowly, in the host and not in memory (OUT-06, %s)', async (stream) => {
    const make = {
      stdout: 'head -c 100000000 /dev/zero',
      stderr: 'head -c 100000000 /dev/zero >&2',
      both: 'head -c 50000000 /dev/zero & head -c 50000000 /dev/zero >&2; wait',
    }
    const report = await client(['sh', '-c', make[stream as keyof typeof make]], 20)
    expect(report).toMatchObject({ status: 0, bytes: 100_000_000 })
    expect(report.rssMb).toBeLessThan(150)
  })
})

describe('bytes', () => {
  const bytes = (count: number) => {
    const { below } = random(count)
    return Buffer.from(Array.from({ length: count }, () => below(256)))
  }

  it('arrive as they were written, whatever they are (OUT-03)', async () => {
    const data = bytes(300_000)
    const ran = await run(executor(), ['cat'], { stdin: data })
    expect(ran.stdout.equals(data)).toBe(true)
  })

  it.each([
    ['one at a time', 'dd bs=1 2>/dev/null'],
    ['32 KiB at a time', 'dd bs=32768 2>/dev/null'],
  ])('of multi-byte text survive %s (OUT-03)', async (_, copy) => {
    const text = 'zażółć gęślą jaźń — 漢字 🚀\r50%\r100%\0no final newline'.repeat(60)
    const decoder = new StringDecoder('utf8')
    const seen: string[] = []
    const command = await executor().open(['sh', '-c', copy], {
      onOutput: (_stream, chunk) => void seen.push(decoder.write(Buffer.from(chunk))),
    })
    await command.write(text)
    command.end()
    expect(await command.done).toMatchObject({ status: 0 })
    expect(seen.join('') + decoder.end()).toBe(text)
    expect(seen.join('')).not.toContain('\ufffd')
  })

  it('go up and down at once, however large', async () => {
    const data = bytes(1_000_000)
    const command = await executor().open(['sha256sum'])
    for (let round = 0; round < 20; round++) void command.write(data)
    command.end()
    expect(await command.done).toMatchObject({ status: 0 })
    const hash = createHash('sha256')
    for (let round = 0; round < 20; round++) hash.update(data)
    const ran = await script(executor(), 'sha256sum', { stdin: Buffer.concat(Array(20).fill(data)) })
    expect(ran.text.slice(0, 64)).toBe(hash.digest('hex'))
  })

  it('keep their order within each stream', async () => {
    const ran = await script(executor(), 'i=0; while [ $i -lt 2000 ]; do echo $i; echo $i >&2; i=$((i+1)); done')
    const wanted = Array.from({ length: 2000 }, (_, index) => `${index}\n`).join('')
    expect(ran.text).toBe(wanted)
    expect(ran.stderr.toString()).toBe(wanted)
  })

  it('are handed on one chunk at a time', async () => {
    let at = 0
    let most = 0
    let length = 0
    const command = await executor().open(['head', '-c', '500000', '/dev/zero'], {
      onOutput: async (_, chunk) => {
        most = Math.max(most, ++at)
        await new Promise((resolve) => setTimeout(resolve, 1))
        length += chunk.length
        at--
      },
    })
    expect(await command.done).toMatchObject({ status: 0 })
    expect(length).toBe(500_000)
    expect(most).toBe(1)
  })
})

describe('what is loaded', () => {
  it('is no ssh2 before the first connection', async () => {
    const target = { host: 'web1', directory }
    expect(await runClient({ options: {}, target, argv: ['true'], idle: true })).toMatchObject({ loadedSsh2: false })
    expect(await client(['true'])).toMatchObject({ loadedSsh2: true, status: 0 })
  })
})
