import { type Fragment, sh } from '@dragonfab/core'
import { Progress, startScript, TarJoin } from '@dragonfab/upload'
import { type Place, work } from './listing.ts'
import { problem } from './problems.ts'
import { collect, writeLines } from './script.ts'

/**
 * GNU tar takes a backslash in a list of names for an escape, unless told otherwise. busybox tar reads no list: it writes many archives, one
 * behind the other.
 */
const packing = (folder: string): Fragment => sh`
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

const unpacking = (folder: string): Fragment => sh`
  set -eu
  umask 022
  mkdir -p -- ${folder}
  cd -- ${folder}
  rm -rf -- ${work}
  mkdir -- ${work}
  cd -- ${work}
  exec tar -xof -
`

/**
 * Each file by a rename over the one before: nobody reads half a file. A link to a folder goes first: mv would move into the folder. What is read:
 * folders to be made, an empty line, paths to be removed.
 */
const placing = (folder: string): Fragment => sh`
  set -eu
  umask 022
  cd -- ${folder}
  while IFS= read -r each && [ -n "$each" ]; do mkdir -p -- "./$each"; done
  if [ -d ${work} ]; then
    (cd ${work} && find . -type d ! -name . -exec sh -c 'for each; do [ -d "../$each" ] || mkdir -p -- "../$each"; done' sh {} +)
    (cd ${work} && find . ! -type d -exec sh -c 'for each; do
      { [ ! -L "../$each" ] || [ ! -d "../$each" ] || rm -f -- "../$each"; } && mv -f -- "$each" "../$each" || exit 1
    done' sh {} +)
    rm -rf -- ${work}
  fi
  while IFS= read -r each; do
    if [ -d "./$each" ] && [ ! -L "./$each" ]; then rmdir -- "./$each" 2>/dev/null || echo "not empty, so it stays: $each"; else rm -f -- "./$each"; fi
  done
`

export interface Work {
  readonly folders: readonly string[]
  readonly bring: readonly string[]
  readonly remove: readonly string[]
  readonly bytes: number
}

interface Telling {
  readonly signal: AbortSignal
  log(line: string): void
  progress(text: string): void
}

/** Brings files from one place to the other through this machine, as one stream. Nothing is replaced there before all of it has arrived. */
export async function transfer(from: Place, to: Place, what: Work, telling: Telling): Promise<void> {
  if (what.bring.length) await stream(from, to, what, telling)
  const { status, said, lost, out } = await collect(to.executor, placing(to.folder), telling.signal, [...what.folders, '', ...what.remove])
  if (status !== 0) throw problem('placing', to, said || lost || `status ${status}`)
  for (const line of out.toString().split('\n').filter(Boolean)) telling.log(line)
}

async function stream(from: Place, to: Place, { bring, bytes }: Work, { signal, progress }: Telling): Promise<void> {
  const told = new Progress(bytes, progress)
  const target = await startScript(to.executor, unpacking(to.folder), { signal })
  const joined = new TarJoin(0)
  joined.on('error', () => undefined)
  const source = await startScript(from.executor, packing(from.folder), {
    signal,
    onOutput: (chunk) => {
      told.add(chunk.length)
      return joined.write(chunk) ? undefined : new Promise<void>((resolve) => joined.once('drain', resolve).once('close', resolve))
    },
  })
  const writing = (async () => {
    // Who has given up (a full disk) no longer reads: its end tells why.
    for await (const chunk of joined) if (!(await target.write(chunk as Buffer))) return source.close()
  })().catch(() => source.close())
  await writeLines(
    source,
    bring.map((path) => `./${path}`),
  )
  source.end()
  const packed = await source.done
  joined.end()
  await writing
  target.end()
  const unpacked = await target.done
  // An archive that was cut makes both fail: who has told of it first is the cause.
  if (packed.status !== 0 && packed.status !== undefined) throw problem('unreadable', from, packed.said)
  if (unpacked.status !== 0) throw problem('cut', to, unpacked.said || unpacked.lost || `status ${unpacked.status}`)
  if (packed.status !== 0) throw problem('unreadable', from, packed.said || packed.lost)
}
