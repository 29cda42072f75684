import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TarJoiner } from './join.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tar-join-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

let count = 0
/** What `git archive` makes of these files: pax headers where names are long. */
function archive(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): Buffer {
  const work = join(directory, `work-${++count}`)
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', work, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { maxBuffer: 1 << 28 })
  mkdirSync(work)
  git('init', '--quiet')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(work, name, '..'), { recursive: true })
    writeFileSync(join(work, name), content)
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(work, name))
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '-m', 'x')
  return git('archive', '--format=tar', 'HEAD')
}

async function joinArchives(input: Buffer | readonly Buffer[], strip = 0, chunk = 1 << 16): Promise<Buffer> {
  const all = Array.isArray(input) ? Buffer.concat(input) : (input as Buffer)
  const chunks = Array.from({ length: Math.ceil(all.length / chunk) }, (_, index) => all.subarray(index * chunk, (index + 1) * chunk))
  const out: Buffer[] = []
  await pipeline(Readable.from(chunks), new TarJoiner(strip), async (source) => {
    for await (const part of source) out.push(part as Buffer)
  })
  return Buffer.concat(out)
}

function unpackArchive(tar: readonly string[], bytes: Buffer): Readonly<Record<string, string>> {
  const at = join(directory, `out-${++count}`)
  mkdirSync(at)
  const [program = '', ...args] = tar
  const result = spawnSync(program, [...args, '-xf', '-', '-C', at], { input: bytes })
  expect([result.status, result.stderr.toString()]).toEqual([0, ''])
  const found: Record<string, string> = {}
  for (const entry of readdirSync(at, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) found[path.slice(at.length + 1)] = readFileSync(path, 'utf8')
  }
  return found
}

const long = 'n'.repeat(200)
const files = { 'a/b/one': 'one', [`a/${long}`]: 'long', two: 'two', empty: '' }

describe.each([[['tar']], [['busybox', 'tar']]])('read by %j', (tar) => {
  test('names of any length', async () => {
    const deep = { ...files, [`${'d'.repeat(150)}/${'e'.repeat(150)}/${'f'.repeat(150)}`]: 'deep' }
    expect(unpackArchive(tar, await joinArchives(archive(deep)))).toEqual(deep)
  })

  test('several archives as one', async () => {
    const bytes = await joinArchives([archive({ one: '1' }), archive({ two: '2'.repeat(1000) }), archive({}), archive({ three: '3' })])
    expect(unpackArchive(tar, bytes)).toEqual({ one: '1', two: '2'.repeat(1000), three: '3' })
  })

  test('without the folders above', async () => {
    expect(unpackArchive(tar, await joinArchives(archive({ 'a/b/one': '1', [`a/b/${long}`]: '2', 'a/b/c/three': '3' }), 2))).toEqual({
      one: '1',
      [long]: '2',
      'c/three': '3',
    })
  })

  test('long targets of links', async () => {
    const at = join(directory, `links-${++count}`)
    mkdirSync(at)
    const [program = '', ...args] = tar
    spawnSync(program, [...args, '-xf', '-', '-C', at], { input: await joinArchives(archive({}, { link: `${long}/${long}` })) })
    expect(execFileSync('readlink', [join(at, 'link')]).toString()).toBe(`${long}/${long}\n`)
  })
})

test('however the bytes are cut into chunks', async () => {
  const bytes = archive(files)
  const whole = await joinArchives(bytes)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), async (chunk) => whole.equals(await joinArchives(bytes, 0, chunk))),
    { numRuns: 30 },
  )
})

test('a stream that ends within an entry, or is none, is an error', async () => {
  const bytes = archive({ file: 'x'.repeat(5000) })
  // Of all cuts only those at the end of an entry can look like an archive; git's own exit status tells these.
  const ends = new Set<number>()
  for (let cut = 1; cut < bytes.length; cut += 97) {
    await joinArchives(bytes.subarray(0, cut)).then(
      () => ends.add(cut),
      (error: Error) => expect(error.message).toBe('the archive ends too early'),
    )
  }
  const content = bytes.indexOf('x'.repeat(5000))
  for (const cut of ends) expect(cut <= content - 1024 || cut >= content + 5120).toBe(true)
  const damaged = Buffer.from(bytes)
  damaged[3] = 0xff
  await expect(joinArchives(damaged)).rejects.toThrow('the archive is damaged')
})
