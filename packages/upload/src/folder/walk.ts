import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { type Filter, pickerOf } from './filter.ts'
import { Turns } from './turns.ts'

/** What a folder holds, without contents. */
export interface Entry {
  /** Relative, one character a byte: names need not be text. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  /** All permission bits. */
  readonly mode: number
  /** Bytes of a file's content; 0 for others. */
  readonly size: number
  /** Seconds since 1970, when its content last changed. */
  readonly time: number
  /** Milliseconds since 1970, when anything of it last changed: no program can set it. */
  readonly changed: number
  readonly inode: number
  /** What a link leads to, one character a byte. */
  readonly target?: string | undefined
}

export interface Walked {
  /** Every folder before what lies in it. */
  readonly entries: readonly Entry[]
  /** Sockets, pipes and devices, which cannot be sent. */
  readonly special: readonly string[]
}

/** A path of ours as the filesystem takes it: as text where that is the same, which costs a tenth. */
export const onDisk = (folder: string, path: string): string | Buffer =>
  /^[\0-\x7f]*$/.test(path) ? `${folder}/${path}` : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])

/** Everything in a folder that the filter means, links as links. Throws where something cannot be read. */
export function walk(folder: string, filter: Filter): Walked {
  const walking = walker(folder, filter)
  for (;;) {
    const { done, value } = walking.next()
    if (done) return value
  }
}

/** The same, with turns for others in between. */
export async function walkInTurns(folder: string, filter: Filter, signal: AbortSignal): Promise<Walked> {
  const walking = walker(folder, filter)
  const turns = new Turns(signal)
  for (;;) {
    const { done, value } = walking.next()
    if (done) return value
    if (turns.over()) await turns.next()
  }
}

/** Stops after every entry. */
function* walker(folder: string, filter: Filter): Generator<undefined, Walked> {
  const picker = pickerOf(filter)
  const entries: Entry[] = []
  const special: string[] = []
  function* enter(at: string): Generator<undefined, void> {
    for (const found of listed(at === '' ? folder : onDisk(folder, at))) {
      yield
      const path = at === '' ? found.name : `${at}/${found.name}`
      if (found.isDirectory()) {
        if (!picker.inside(path)) continue
        const before = entries.length
        const asked = picker.meant(path, true)
        if (asked) entries.push(entryOf(folder, path, 'folder'))
        yield* enter(path)
        // What is meant within a folder needs it, though it was not asked for itself.
        if (!asked && entries.length > before) entries.splice(before, 0, entryOf(folder, path, 'folder'))
      } else if (picker.meant(path, false)) {
        if (found.isFile()) entries.push(entryOf(folder, path, 'file'))
        else if (found.isSymbolicLink()) entries.push(entryOf(folder, path, 'link'))
        else special.push(path)
      }
    }
  }
  yield* enter('')
  return { entries, special }
}

function listed(place: string | Buffer): readonly Dirent[] {
  const found = readdirSync(place, { withFileTypes: true, encoding: 'latin1' })
  return found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function entryOf(folder: string, path: string, kind: Entry['kind']): Entry {
  const place = onDisk(folder, path)
  const { mode, size, mtimeMs, ctimeMs, ino } = lstatSync(place)
  const of = { path, kind, mode: mode & 0o7777, size: kind === 'file' ? size : 0, time: mtimeMs / 1000, changed: ctimeMs, inode: ino }
  return kind === 'link' ? { ...of, target: readlinkSync(place, 'latin1') } : of
}
