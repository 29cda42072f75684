import type { Listing } from './listing.ts'

export interface DirectoryDifferences {
  /** Folders that are not there yet, outer ones first. */
  readonly folders: readonly string[]
  /** Files and links that are new there, or other ones. */
  readonly files: readonly string[]
  /** Those of `bring` that replace one. */
  readonly replaced: readonly string[]
  /** Only there; inner ones first. */
  readonly surplus: readonly string[]
  /** A folder on one side, none on the other. */
  readonly conflicts: readonly string[]
  readonly bytes: number
  readonly same: number
}

/** What must travel so that `there` has what is in `here`. `meant`: whether a path takes part at all. */
export function compareListings(
  here: Listing,
  there: Listing,
  isIncluded: (path: string, isFolder: boolean) => boolean,
): DirectoryDifferences {
  const folders: string[] = []
  const files: string[] = []
  const replaced: string[] = []
  const conflicts: string[] = []
  let bytes = 0
  let same = 0
  for (const [path, { kind, mark, size }] of here) {
    if (!isIncluded(path, kind === 'folder')) continue
    const other = there.get(path)
    if (other && (other.kind === 'folder') !== (kind === 'folder')) conflicts.push(path)
    else if (kind === 'folder') other || folders.push(path)
    else if (other?.kind === kind && other.mark === mark) same++
    else {
      files.push(path)
      if (other) replaced.push(path)
      bytes += size
    }
  }
  const surplus = [...there].flatMap(([path, { kind }]) => (here.has(path) || !isIncluded(path, kind === 'folder') ? [] : [path]))
  // A folder is a prefix of what lies in it.
  return { folders: folders.sort(), files, replaced, surplus: surplus.sort().reverse(), conflicts, bytes, same }
}
