import { resolve } from 'node:path'
import { unreadable } from '../problems.ts'
import { contentHashes } from './content-hashes.ts'
import type { Filter } from './filter.ts'
import { type Walked, walk } from './walk.ts'

/** A folder of this machine as it was when it was looked at. */
export interface Content extends Walked {
  readonly folder: string
  /** Of every file, by path. */
  readonly hashes: ReadonlyMap<string, string>
}

const shared = new Map<string, { readonly content: Promise<Content>; users: number }>()

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
  const key = JSON.stringify([folder, filter.include, filter.exclude])
  const known = shared.get(key) ?? { content: look(folder, from, filter, signal), users: 0 }
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

async function look(folder: string, from: string, filter: Filter, signal: AbortSignal): Promise<Content> {
  try {
    const { entries, special } = walk(folder, filter)
    const files = entries.filter(({ kind }) => kind === 'file')
    return { folder, entries, special, hashes: await contentHashes(folder, files, signal) }
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(from, error)
  }
}
