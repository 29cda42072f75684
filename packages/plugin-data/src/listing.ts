import { type Executor, type Fragment, sh } from '@dragonfab/core'
import { collectScript } from '@dragonfab/upload'
import { createDataError, type DataProblem, exitStatus } from './problems.ts'

/** A directory on this machine or on a host. */
export interface DataDirectory {
  /** Its machine's name in messages: `web1`, `this machine`. */
  readonly name: string
  readonly folder: string
  readonly executor: Executor
}

export interface ListedEntry {
  readonly kind: 'file' | 'link' | 'folder'
  /** Size and time of a file, or the target of a link. Entries with equal marks count as equal. */
  readonly mark: string
  readonly size: number
}

/** Entries by their path relative to the folder. Names are bytes, one character each. */
export type Listing = ReadonlyMap<string, ListedEntry>

/** Receives the files before they are put in place. It is not part of the directory, and may be left over from a transfer that broke. */
export const workFolder = '.dragonfab-data'

/** Sizes and times by stat of GNU, busybox or BSD. Names are printed one per line, so a name with a newline is refused. */
const listingScript = (folder: string): Fragment => sh`
  set -eu
  LC_ALL=C
  export LC_ALL
  [ -d ${folder} ] || exit ${exitStatus.missing}
  cd -- ${folder}
  nl='
'
  bad=$(find . -name "*$nl*" -print)
  [ -z "$bad" ] || { printf '%s\n' "$bad" | head -n 2 >&2; exit ${exitStatus.newline}; }
  if stat -c %s . >/dev/null 2>&1; then s='stat -c' f='%s %Y %n'; else s='stat -f' f='%z %m %N'; fi
  echo folders
  find . -path ${`./${workFolder}`} -prune -o -type d ! -name . -print
  echo files
  find . -path ${`./${workFolder}`} -prune -o -type f -exec $s "$f" {} +
  echo links
  find . -path ${`./${workFolder}`} -prune -o -type l -exec sh -c 'for l; do printf "%s\t%s\n" "$(readlink -- "$l")" "$l"; done' sh {} +
  echo end
`

/** Lists a directory with everything in it. Returns undefined if it does not exist. */
export async function listDirectory(directory: DataDirectory, signal: AbortSignal): Promise<Listing | undefined> {
  const { status, said, lost, out } = await collectScript(directory.executor, listingScript(directory.folder), { signal })
  if (status === exitStatus.missing) return undefined
  const text = out.toString('latin1')
  if (status !== 0 || !text.endsWith('end\n')) throw createDataError(problemKindOf(status), directory, said || lost || `status ${status}`)
  const entries = new Map<string, ListedEntry>()
  let section = ''
  for (const line of text.split('\n')) {
    if (['folders', 'files', 'links', 'end', ''].includes(line)) section = line
    else if (section === 'folders') entries.set(stripDotSlash(line), { kind: 'folder', mark: '', size: 0 })
    else if (section === 'files') {
      const [, size = '', time = '', path = ''] = /^(\d+) (\d+) (.*)$/s.exec(line) ?? []
      entries.set(stripDotSlash(path), { kind: 'file', mark: `${size} ${time}`, size: Number(size) })
    } else if (section === 'links') {
      const tab = line.lastIndexOf('\t')
      entries.set(stripDotSlash(line.slice(tab + 1)), { kind: 'link', mark: line.slice(0, tab), size: 0 })
    }
  }
  return entries
}

const problemKindOf = (status: number | undefined): DataProblem => (status === exitStatus.newline ? 'newline' : 'unreadable')
const stripDotSlash = (path: string): string => path.replace(/^\.\//, '')
