import { type Fragment, sh } from '@dragonfab/core'
import { collectScript, startScript, TarJoiner, TransferProgress } from '@dragonfab/upload'
import { type DataDirectory, workFolder } from './listing.ts'
import { createDataError } from './problems.ts'

/**
 * GNU tar would read a backslash in a list of names as an escape. busybox tar does not read lists, so it writes many archives, one after the other.
 */
const packScript = (folder: string): Fragment => sh`
  set -eu
  cd -- ${folder}
  case $(tar --version 2>/dev/null) in *GNU*) exec tar -cf - --no-unquote --verbatim-files-from -T - ;; esac
  set --
  while IFS= read -r each; do
    set -- "$@" "$each"
    [ "$#" -lt 100 ] || { tar -cf - "$@" </dev/null; set --; }
  done
  [ "$#" -eq 0 ] || exec tar -cf - "$@" </dev/null
`

const unpackScript = (folder: string): Fragment => sh`
  set -eu
  umask 022
  mkdir -p -- ${folder}
  cd -- ${folder}
  rm -rf -- ${workFolder}
  mkdir -- ${workFolder}
  cd -- ${workFolder}
  exec tar -xof -
`

/**
 * Replaces each file by a rename, so that nobody reads half a file. A link to a folder is removed first, because mv would move into the folder. The
 * input is folders to make, an empty line, and paths to remove.
 */
const placeScript = (folder: string): Fragment => sh`
  set -eu
  umask 022
  cd -- ${folder}
  while IFS= read -r each && [ -n "$each" ]; do mkdir -p -- "./$each"; done
  if [ -d ${workFolder} ]; then
    (cd ${workFolder} && find . -type d ! -name . -exec sh -c 'for each; do [ -d "../$each" ] || mkdir -p -- "../$each"; done' sh {} +)
    (cd ${workFolder} && find . ! -type d -exec sh -c 'for each; do
      { [ ! -L "../$each" ] || [ ! -d "../$each" ] || rm -f -- "../$each"; } && mv -f -- "$each" "../$each" || exit 1
    done' sh {} +)
    rm -rf -- ${workFolder}
  fi
  while IFS= read -r each; do
    if [ -d "./$each" ] && [ ! -L "./$each" ]; then rmdir -- "./$each" 2>/dev/null || echo "kept, because it is not empty: $each"; else rm -f -- "./$each"; fi
  done
`

export interface TransferWork {
  readonly folders: readonly string[]
  readonly files: readonly string[]
  readonly remove: readonly string[]
  readonly bytes: number
}

interface TransferReporter {
  readonly signal: AbortSignal
  log(line: string): void
  progress(text: string): void
}

/** Copies files through this machine, as one stream. Nothing is replaced before all of it has arrived. */
export async function transferFiles(from: DataDirectory, to: DataDirectory, work: TransferWork, reporter: TransferReporter): Promise<void> {
  if (work.files.length) await streamFiles(from, to, work, reporter)
  const input = splitLines([...work.folders, '', ...work.remove])
  const { status, said, lost, out } = await collectScript(to.executor, placeScript(to.folder), { signal: reporter.signal, input })
  if (status !== 0) throw createDataError('placing', to, said || lost || `status ${status}`)
  for (const line of out.toString().split('\n').filter(Boolean)) reporter.log(line)
}

async function streamFiles(
  from: DataDirectory,
  to: DataDirectory,
  { files, bytes }: TransferWork,
  { signal, progress }: TransferReporter,
): Promise<void> {
  const meter = new TransferProgress(bytes, progress)
  const target = await startScript(to.executor, unpackScript(to.folder), { signal })
  const joinedTar = new TarJoiner(0)
  joinedTar.on('error', () => undefined)
  const source = await startScript(from.executor, packScript(from.folder), {
    signal,
    onOutput: (chunk) => {
      meter.add(chunk.length)
      return joinedTar.write(chunk) ? undefined : new Promise<void>((resolve) => joinedTar.once('drain', resolve).once('close', resolve))
    },
  })
  const writing = (async () => {
    // A target that gave up (a full disk) no longer reads. Its exit says why.
    for await (const chunk of joinedTar) if (!(await target.write(chunk as Buffer))) return source.close()
  })().catch(() => source.close())
  for (const part of splitLines(files.map((path) => `./${path}`))) if (!(await source.write(part))) break
  source.end()
  const packed = await source.done
  joinedTar.end()
  await writing
  target.end()
  const unpacked = await target.done
  // If the archive was cut, both sides fail. The source's own status is the cause, if it has one.
  if (packed.status !== 0 && packed.status !== undefined) throw createDataError('unreadable', from, packed.said)
  if (unpacked.status !== 0) throw createDataError('cut', to, unpacked.said || unpacked.lost || `status ${unpacked.status}`)
  if (packed.status !== 0) throw createDataError('unreadable', from, packed.said || packed.lost)
}

/** Paths, one per line, in pieces, so that a million of them use little memory. Names of files are bytes. */
function* splitLines(lines: readonly string[], each = 1_000): Generator<Buffer> {
  for (let index = 0; index < lines.length; index += each) {
    const text = lines.slice(index, index + each).map((line) => `${line}\n`)
    yield Buffer.from(text.join(''), 'latin1')
  }
}
