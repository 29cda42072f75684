import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { createPicker, type PathFilter } from './filter.ts'
import { WorkTurns } from './work-turns.ts'

/** An entry of a folder, without its content. */
export interface FolderEntry {
  /** A relative path. Each character is a byte, because names need not be text. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  /** All permission bits. */
  readonly mode: number
  /** The size of a file in bytes. 0 for other kinds. */
  readonly size: number
  /** The time of its last change of content, in seconds since 1970. */
  readonly time: number
  /** The time of its last change of any kind, in milliseconds since 1970. No program can set it. */
  readonly changed: number
  readonly inode: number
  /** The target of a link. Each character is a byte. */
  readonly target?: string | undefined
}

export interface FolderListing {
  /** All entries, each folder before its content. */
  readonly entries: readonly FolderEntry[]
  /** Sockets, pipes and devices, which cannot be sent. */
  readonly special: readonly string[]
}

/** A path in the form for the file system: as text if it is ASCII, which is ten times as fast. */
export const pathOnDisk = (folder: string, path: string): string | Buffer =>
  /^[\0-\x7f]*$/.test(path) ? `${folder}/${path}` : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])

/** Lists all entries of a folder that the filter selects. Does not follow links. Throws if an entry cannot be read. */
export function walk(folder: string, filter: PathFilter): FolderListing {
  const walking = createWalker(folder, filter)
  for (;;) {
    const { done, value } = walking.next()
    if (done) return value
  }
}

/** Like {@link walk}, but lets other work run in between. */
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
        // A folder is needed if anything in it is selected, even if the folder itself is not.
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
