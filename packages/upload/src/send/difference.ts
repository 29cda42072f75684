import type { FolderEntry } from '../folder/walk.ts'

/** A file in the lists on hosts. */
export interface ListedFile {
  readonly path: string
  /** The permission bits on the host. */
  readonly mode: number
  readonly sha256: string
}

/** Names that would break a list of lines, or that tools on the host print in their own way, are in no list. Such files are always sent. */
const listable = (path: string): boolean => !/[\0-\x1f\x7f\\]/.test(path)

/** `644 <sha256>  ./<path>`. Without the first four characters it is a line of sha256sum. */
export const lineOf = ({ path, mode, sha256 }: ListedFile): string | undefined =>
  listable(path) ? `${mode.toString(8).padStart(3, '0')} ${sha256}  ./${path}` : undefined

/** The mode on the host: writable only for the owner, whatever the umask of the build was. If releases share files, not writable at all. */
export function modeOf({ kind, mode }: Pick<FolderEntry, 'kind' | 'mode'>, readOnly: boolean): number {
  if (kind === 'folder') return (mode & 0o755) | 0o700
  return mode & (readOnly ? 0o555 : 0o755)
}

export interface Difference {
  /** Paths that the host has and that stay as they are. */
  readonly same: ReadonlySet<string>
  /** The numbers of their lines, in the form that the host reads: `1,20 30,40`. */
  readonly ranges: string
}

/** Compares files on this machine with the host's list (each character is a byte). Invalid lines count as other files. */
export function compareWithList(files: Iterable<ListedFile>, list: string): Difference {
  const numbers = new Map(list.split('\n').map((line, index) => [line, index + 1]))
  const same = new Set<string>()
  const lines: number[] = []
  for (const file of files) {
    const line = lineOf(file)
    const number = line === undefined ? undefined : numbers.get(line)
    if (number === undefined) continue
    same.add(file.path)
    lines.push(number)
  }
  return { same, ranges: rangesOf(lines.sort((one, other) => one - other)) }
}

function rangesOf(lines: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const line of lines) {
    const last = ranges.at(-1)
    if (last && last[1] === line - 1) last[1] = line
    else ranges.push([line, line])
  }
  return ranges.map(([from, upto]) => `${from},${upto}`).join(' ')
}
