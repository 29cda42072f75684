import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { acquireContent, createHashLookup, prefetchHashes } from './content.ts'
import { hashContents } from './content-hashes.ts'
import { walk } from './walk.ts'

const never = new AbortController().signal
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dragonfab-content-'))
  mkdirSync(join(directory, 'dist'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(directory, { recursive: true, force: true })
})

const write = (name: string, text: string) => writeFileSync(join(directory, 'dist', name), text)

async function hashes(): Promise<ReadonlyMap<string, string | undefined>> {
  const { content, release } = acquireContent('dist', directory, {}, never)
  try {
    return new Map([...(await content).hashes].map(([path, { sha256 }]) => [path, sha256]))
  } finally {
    release()
  }
}

describe('a folder that was looked at before', () => {
  // As if all files had been there for long: the clock of the look is what the files' times are compared with.
  const later = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })

  it('is told as it is now, whatever was done to a file to make it look the same', async () => {
    const old = (path: string) => utimesSync(join(directory, path), 1_000_000_000, 1_000_000_000)
    for (const name of ['same', 'written', 'replaced', 'removed']) {
      write(name, 'one')
      old(`dist/${name}`)
    }
    later()
    const end = prefetchHashes('dist', directory, {}, never)
    expect((await hashes()).get('written')).toBe(sha256('one'))
    for (const name of ['written', 'new']) write(name, 'two')
    writeFileSync(join(directory, 'replacement'), 'two')
    for (const path of ['dist/written', 'replacement']) old(path)
    renameSync(join(directory, 'replacement'), join(directory, 'dist/replaced'))
    rmSync(join(directory, 'dist/removed'))
    const [one, two] = [sha256('one'), sha256('two')]
    expect(Object.fromEntries(await hashes())).toEqual({ same: one, written: two, replaced: two, new: two })
    end()
  })

  it('is read again where a file is so new that its time may stand still, or is another one', () => {
    const file = { path: 'file', kind: 'file', mode: 0o644, size: 3, time: 1000, changed: 1_000_000, inode: 7 } as const
    const hashed = { sha256: 'hash' }
    const known = createHashLookup({ entries: [file], hashes: new Map([['file', hashed]]) }, 1_003_000)
    expect(known(file)).toBe(hashed)
    const others = [{ path: 'other' }, { size: 4 }, { time: 999 }, { changed: 1_000_001 }, { inode: 8 }]
    for (const other of others) expect(known({ ...file, ...other }), JSON.stringify(other)).toBeUndefined()
    const soon = (since: number) => createHashLookup({ entries: [file], hashes: new Map([['file', hashed]]) }, since)(file)?.sha256
    expect([soon(1_002_001), soon(1_002_000)]).toEqual(['hash', undefined])
  })

  it('may be built only afterwards', async () => {
    rmSync(join(directory, 'dist'), { recursive: true })
    const end = prefetchHashes('dist', directory, {}, never)
    mkdirSync(join(directory, 'dist'))
    write('file', 'one')
    expect((await hashes()).get('file')).toBe(sha256('one'))
    end()
  })
})

it('does not read what is known, and keeps small files for the sending', async () => {
  write('file', 'one')
  write('empty', '')
  write('other', 'two')
  write('large', 'x'.repeat(300_000))
  const { entries } = walk(join(directory, 'dist'), {})
  const known = { sha256: 'known' }
  const found = await hashContents(join(directory, 'dist'), entries, never, ({ path }) => (path === 'file' ? known : undefined))
  expect(Object.fromEntries(found)).toEqual({
    file: known,
    empty: { sha256: sha256(''), content: Buffer.alloc(0) },
    other: { sha256: sha256('two'), content: Buffer.from('two') },
    large: { sha256: sha256('x'.repeat(300_000)) },
  })
  const grown = entries.map((entry) => ({ ...entry, size: entry.size - 1 }))
  expect((await hashContents(join(directory, 'dist'), grown, never, () => undefined)).get('other')?.content).toBeUndefined()
})
