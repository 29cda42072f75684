import { resolve } from 'node:path'
import { unreadable } from '../problems.ts'
import { contentHashes, type Hashed, type Known } from './content-hashes.ts'
import type { Filter } from './filter.ts'
import { type Entry, type Walked, walkInTurns } from './walk.ts'

/** A folder of this machine as it was when it was looked at. */
export interface Content extends Walked {
  readonly folder: string
  /** Of every file, by path. */
  readonly hashes: ReadonlyMap<string, Hashed>
}

const shared = new Map<string, { readonly content: Promise<Content>; users: number }>()
const ahead = new Map<string, Promise<Known>>()

/** Milliseconds: clocks of filesystems stand still for up to two seconds, so what changed as shortly before a look may change again unseen. */
const fresh = 2_000

/**
 * Looks at a folder. Hosts that are sent the same one at the same time share the look; what comes later looks again, for it may have been built
 * anew in between. `release` is to be called when it is no longer used.
 */
export function contentOf(
  from: string,
  directory: string,
  filter: Filter,
  signal: AbortSignal,
): { readonly content: Promise<Content>; release(): void } {
  const folder = resolve(directory, from)
  const key = keyOf(folder, filter)
  const known = shared.get(key) ?? { content: look(folder, from, filter, signal, ahead.get(key)), users: 0 }
  shared.set(key, known)
  known.users++
  known.content.catch(() => undefined)
  return {
    content: known.content,
    release: () => {
      known.users--
      if (known.users === 0 && shared.get(key) === known) shared.delete(key)
    },
  }
}

/**
 * Hashes a folder's files before they are needed. Until the end that is given, looks find these hashes for all files that did not change since: a file
 * with another content has another time of change (or inode), which nobody can set.
 */
export function lookAhead(from: string, directory: string, filter: Filter, signal: AbortSignal): () => void {
  const folder = resolve(directory, from)
  const key = keyOf(folder, filter)
  const since = Date.now()
  const looking = look(folder, from, filter, signal, undefined).then(
    (content) => knownFrom(content, since),
    // Why it could not be read is told by who needs it.
    (): Known => () => undefined,
  )
  ahead.set(key, looking)
  return () => {
    if (ahead.get(key) === looking) ahead.delete(key)
  }
}

/** What a look that began at `since` tells of files as they are now. */
export function knownFrom({ entries, hashes }: Pick<Content, 'entries' | 'hashes'>, since: number): Known {
  const then = new Map(entries.map((entry) => [entry.path, entry]))
  return (file) => {
    const before = then.get(file.path)
    const settled = Math.max(file.changed, file.time * 1000) < since - fresh
    return before && settled && isSame(before, file) ? hashes.get(file.path) : undefined
  }
}

const keyOf = (folder: string, { include, exclude }: Filter): string => JSON.stringify([folder, include, exclude])

const isSame = (one: Entry, other: Entry): boolean =>
  one.inode === other.inode && one.changed === other.changed && one.time === other.time && one.size === other.size

async function look(
  folder: string,
  from: string,
  filter: Filter,
  signal: AbortSignal,
  before: Promise<Known> | undefined,
): Promise<Content> {
  try {
    const known = await before
    const { entries, special } = await walkInTurns(folder, filter, signal)
    const files = entries.filter(({ kind }) => kind === 'file')
    return { folder, entries, special, hashes: await contentHashes(folder, files, signal, known ?? (() => undefined)) }
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(from, error)
  }
}
