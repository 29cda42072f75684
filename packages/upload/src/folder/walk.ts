import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { type Filter, pickerOf } from './filter.ts'

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
  /** What a link leads to, one character a byte. */
  readonly target?: string | undefined
}

export interface Walked {
  /** Every folder before what lies in it. */
  readonly entries: readonly Entry[]
  /** Sockets, pipes and devices, which cannot be sent. */
  readonly special: readonly string[]
}

/** A path of ours as the filesystem takes it. */
export const onDisk = (folder: string, path: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])

/** Everything in a folder that the filter means, links as links. Throws where something cannot be read. */
export function walk(folder: string, filter: Filter): Walked {
  const picker = pickerOf(filter)
  const entries: Entry[] = []
  const special: string[] = []
  const enter = (at: string): void => {
    for (const found of listed(at === '' ? Buffer.from(folder) : onDisk(folder, at))) {
      const path = at === '' ? found.name : `${at}/${found.name}`
      if (found.isDirectory()) {
        if (!picker.inside(path)) continue
        const before = entries.length
        const asked = picker.meant(path, true)
        if (asked) entries.push(entryOf(folder, path, 'folder'))
        enter(path)
        // What is meant within a folder needs it, though it was not asked for itself.
        if (!asked && entries.length > before) entries.splice(before, 0, entryOf(folder, path, 'folder'))
      } else if (picker.meant(path, false)) {
        if (found.isFile()) entries.push(entryOf(folder, path, 'file'))
        else if (found.isSymbolicLink()) entries.push(entryOf(folder, path, 'link'))
        else special.push(path)
      }
    }
  }
  enter('')
  return { entries, special }
}

function listed(place: Buffer): readonly Dirent[] {
  const found = readdirSync(place, { withFileTypes: true, encoding: 'latin1' })
  return found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function entryOf(folder: string, path: string, kind: Entry['kind']): Entry {
  const place = onDisk(folder, path)
  const stat = lstatSync(place)
  const of = { path, kind, mode: stat.mode & 0o7777, size: kind === 'file' ? stat.size : 0, time: stat.mtimeMs / 1000 }
  return kind === 'link' ? { ...of, target: readlinkSync(place, 'latin1') } : of
}
