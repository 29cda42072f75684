import { resolve } from 'node:path'
import { unreadableError } from '../problems.ts'
import { type FileHash, type HashLookup, hashContents } from './content-hashes.ts'
import type { PathFilter } from './filter.ts'
import { type FolderEntry, type FolderListing, walkInTurns } from './walk.ts'

/** A folder of this machine as it was when it was looked at. */
export interface FolderContent extends FolderListing {
  readonly folder: string
  /** Of every file, by path. */
  readonly hashes: ReadonlyMap<string, FileHash>
}

const sharedContents = new Map<string, { readonly content: Promise<FolderContent>; users: number }>()
const prefetchedHashes = new Map<string, Promise<HashLookup>>()

/** Milliseconds: clocks of filesystems stand still for up to two seconds, so what changed as shortly before a look may change again unseen. */
const freshMs = 2_000

/**
 * Looks at a folder. Hosts that are sent the same one at the same time share the look; what comes later looks again, for it may have been built
 * anew in between. `release` is to be called when it is no longer used.
 */
export function acquireContent(
  from: string,
  directory: string,
  filter: PathFilter,
  signal: AbortSignal,
): { readonly content: Promise<FolderContent>; release(): void } {
  const folder = resolve(directory, from)
  const key = contentKeyOf(folder, filter)
  const entry = sharedContents.get(key) ?? { content: readFolder(folder, from, filter, signal, prefetchedHashes.get(key)), users: 0 }
  sharedContents.set(key, entry)
  entry.users++
  entry.content.catch(() => undefined)
  return {
    content: entry.content,
    release: () => {
      entry.users--
      if (entry.users === 0 && sharedContents.get(key) === entry) sharedContents.delete(key)
    },
  }
}

/**
 * Hashes a folder's files before they are needed. Until the end that is given, looks find these hashes for all files that did not change since: a file
 * with another content has another time of change (or inode), which nobody can set.
 */
export function prefetchHashes(from: string, directory: string, filter: PathFilter, signal: AbortSignal): () => void {
  const folder = resolve(directory, from)
  const key = contentKeyOf(folder, filter)
  const since = Date.now()
  const hashing = readFolder(folder, from, filter, signal, undefined).then(
    (content) => createHashLookup(content, since),
    // The caller that needs the folder reports why it cannot be read.
    (): HashLookup => () => undefined,
  )
  prefetchedHashes.set(key, hashing)
  return () => {
    if (prefetchedHashes.get(key) === hashing) prefetchedHashes.delete(key)
  }
}

/** What a look that began at `since` tells of files as they are now. */
export function createHashLookup({ entries, hashes }: Pick<FolderContent, 'entries' | 'hashes'>, since: number): HashLookup {
  const then = new Map(entries.map((entry) => [entry.path, entry]))
  return (file) => {
    const before = then.get(file.path)
    const settled = Math.max(file.changed, file.time * 1000) < since - freshMs
    return before && settled && isSameFile(before, file) ? hashes.get(file.path) : undefined
  }
}

const contentKeyOf = (folder: string, { include, exclude }: PathFilter): string => JSON.stringify([folder, include, exclude])

const isSameFile = (one: FolderEntry, other: FolderEntry): boolean =>
  one.inode === other.inode && one.changed === other.changed && one.time === other.time && one.size === other.size

async function readFolder(
  folder: string,
  from: string,
  filter: PathFilter,
  signal: AbortSignal,
  before: Promise<HashLookup> | undefined,
): Promise<FolderContent> {
  try {
    const lookup = await before
    const { entries, special } = await walkInTurns(folder, filter, signal)
    const files = entries.filter(({ kind }) => kind === 'file')
    return { folder, entries, special, hashes: await hashContents(folder, files, signal, lookup ?? (() => undefined)) }
  } catch (error) {
    signal.throwIfAborted()
    throw unreadableError(from, error)
  }
}
