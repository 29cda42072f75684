import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { createPicker, type PathFilter } from './filter.ts'
import { WorkTurns } from './work-turns.ts'

/** What a folder holds, without contents. */
export interface FolderEntry {
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

export interface FolderListing {
  /** Every folder before what lies in it. */
  readonly entries: readonly FolderEntry[]
  /** Sockets, pipes and devices, which cannot be sent. */
  readonly special: readonly string[]
}

/** A path of ours as the filesystem takes it: as text where that is the same, which costs a tenth. */
export const pathOnDisk = (folder: string, path: string): string | Buffer =>
  /^[\0-\x7f]*$/.test(path) ? `${folder}/${path}` : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])

/** Everything in a folder that the filter means, links as links. Throws where something cannot be read. */
export function walk(folder: string, filter: PathFilter): FolderListing {
  const walking = createWalker(folder, filter)
  for (;;) {
    const { done, value } = walking.next()
    if (done) return value
  }
}

/** The same, with turns for others in between. */
export async function walkInTurns(folder: string, filter: PathFilter, signal: AbortSignal): Promise<FolderListing> {
  const walking = createWalker(folder, filter)
  const turns = new WorkTurns(signal)
  for (;;) {
    const { done, value } = walking.next()
    if (done) return value
    if (turns.isOver()) await turns.waitForNext()
  }
}

/** Stops after every entry. */
function* createWalker(folder: string, filter: PathFilter): Generator<undefined, FolderListing> {
  const picker = createPicker(filter)
  const entries: FolderEntry[] = []
  const special: string[] = []
  function* enter(at: string): Generator<undefined, void> {
    for (const found of listFolder(at === '' ? folder : pathOnDisk(folder, at))) {
      yield
      const path = at === '' ? found.name : `${at}/${found.name}`
      if (found.isDirectory()) {
        if (!picker.mayContain(path)) continue
        const before = entries.length
        const asked = picker.isMeant(path, true)
        if (asked) entries.push(readEntry(folder, path, 'folder'))
        yield* enter(path)
        // What is meant within a folder needs it, though it was not asked for itself.
        if (!asked && entries.length > before) entries.splice(before, 0, readEntry(folder, path, 'folder'))
      } else if (picker.isMeant(path, false)) {
        if (found.isFile()) entries.push(readEntry(folder, path, 'file'))
        else if (found.isSymbolicLink()) entries.push(readEntry(folder, path, 'link'))
        else special.push(path)
      }
    }
  }
  yield* enter('')
  return { entries, special }
}

function listFolder(place: string | Buffer): readonly Dirent[] {
  const found = readdirSync(place, { withFileTypes: true, encoding: 'latin1' })
  return found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function readEntry(folder: string, path: string, kind: FolderEntry['kind']): FolderEntry {
  const place = pathOnDisk(folder, path)
  const { mode, size, mtimeMs, ctimeMs, ino } = lstatSync(place)
  const of = { path, kind, mode: mode & 0o7777, size: kind === 'file' ? size : 0, time: mtimeMs / 1000, changed: ctimeMs, inode: ino }
  return kind === 'link' ? { ...of, target: readlinkSync(place, 'latin1') } : of
}
