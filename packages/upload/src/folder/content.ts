import { resolve } from 'node:path'
import { unreadableError } from '../problems.ts'
import { type FileHash, type HashLookup, hashContents } from './content-hashes.ts'
import type { PathFilter } from './filter.ts'
import { type FolderEntry, type FolderListing, walkInTurns } from './walk.ts'

/** The content of a folder on this machine at one moment. */
export interface FolderContent extends FolderListing {
  readonly folder: string
  /** The hash of every file, by path. */
  readonly hashes: ReadonlyMap<string, FileHash>
}

const sharedContents = new Map<string, { readonly content: Promise<FolderContent>; users: number }>()
const prefetchedHashes = new Map<string, Promise<HashLookup>>()

/** Milliseconds. Times in a file system may have a resolution of two seconds, so a file that changed this recently may change again with the same time. */
const freshMs = 2_000

/**
 * Reads a folder. Hosts that are sent the same folder at the same time share the result. A later call reads it again, because a build may have
 * changed it. Call `release` when the content is no longer used.
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
 * Hashes a folder's files before they are needed. Until the returned function is called, reading the folder uses these hashes for all files
 * that have not changed: a change of content changes the ctime (or inode), which no program can set.
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

/** Uses content that was read at `since` to look up the hashes of files that have not changed. */
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
