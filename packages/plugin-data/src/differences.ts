import type { Listing } from './listing.ts'

export interface Differences {
  /** Folders that are not there yet, outer ones first. */
  readonly folders: readonly string[]
  /** Files and links that are new there, or other ones. */
  readonly bring: readonly string[]
  /** Those of `bring` that replace one. */
  readonly replace: readonly string[]
  /** Only there; inner ones first. */
  readonly only: readonly string[]
  /** A folder on one side, none on the other. */
  readonly conflicts: readonly string[]
  readonly bytes: number
  readonly same: number
}

/** What must travel so that `there` has what is in `here`. `meant`: whether a path takes part at all. */
export function differencesOf(here: Listing, there: Listing, meant: (path: string, isFolder: boolean) => boolean): Differences {
  const folders: string[] = []
  const bring: string[] = []
  const replace: string[] = []
  const conflicts: string[] = []
  let bytes = 0
  let same = 0
  for (const [path, { kind, mark, size }] of here) {
    if (!meant(path, kind === 'folder')) continue
    const other = there.get(path)
    if (other && (other.kind === 'folder') !== (kind === 'folder')) conflicts.push(path)
    else if (kind === 'folder') other || folders.push(path)
    else if (other?.kind === kind && other.mark === mark) same++
    else {
      bring.push(path)
      if (other) replace.push(path)
      bytes += size
    }
  }
  const only = [...there].flatMap(([path, { kind }]) => (here.has(path) || !meant(path, kind === 'folder') ? [] : [path]))
  // A folder is a prefix of what lies in it.
  return { folders: folders.sort(), bring, replace, only: only.sort().reverse(), conflicts, bytes, same }
}
