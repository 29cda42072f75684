import type { Listing } from './listing.ts'

export interface DirectoryDifferences {
  /** Folders that are missing, outer ones first. */
  readonly folders: readonly string[]
  /** Files and links that are missing or different. */
  readonly files: readonly string[]
  /** Those of `files` that replace another. */
  readonly replaced: readonly string[]
  /** Entries that exist only at the target, inner ones first. */
  readonly surplus: readonly string[]
  /** A folder on one side, a file or link on the other. */
  readonly conflicts: readonly string[]
  readonly bytes: number
  readonly same: number
}

/** Finds what must be sent so that `target` has what `source` has. Paths that are not included are ignored on both sides. */
export function compareListings(
  source: Listing,
  target: Listing,
  isIncluded: (path: string, isFolder: boolean) => boolean,
): DirectoryDifferences {
  const folders: string[] = []
  const files: string[] = []
  const replaced: string[] = []
  const conflicts: string[] = []
  let bytes = 0
  let same = 0
  for (const [path, { kind, mark, size }] of source) {
    if (!isIncluded(path, kind === 'folder')) continue
    const other = target.get(path)
    if (other && (other.kind === 'folder') !== (kind === 'folder')) conflicts.push(path)
    else if (kind === 'folder') other || folders.push(path)
    else if (other?.kind === kind && other.mark === mark) same++
    else {
      files.push(path)
      if (other) replaced.push(path)
      bytes += size
    }
  }
  const surplus = [...target].flatMap(([path, { kind }]) => (source.has(path) || !isIncluded(path, kind === 'folder') ? [] : [path]))
  // A folder's path is a prefix of the paths in it, so sorting puts outer ones first.
  return { folders: folders.sort(), files, replaced, surplus: surplus.sort().reverse(), conflicts, bytes, same }
}
