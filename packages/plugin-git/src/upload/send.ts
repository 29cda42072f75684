import { randomBytes } from 'node:crypto'
import { read } from 'node:fs'
import { promisify } from 'node:util'
import { type CodeContext, DragonfabError, type Fragment, render, sh } from '@dragonfab/core'
import { diagnose, outcome } from '../outcomes.ts'
import type { Archive } from './archive.ts'

const readFile = promisify(read)
const chunkSize = 256 * 1024

/** Constant, so that nothing of a run is on a command line: it reads the line that reads the script that reads the archive. */
const argv = ['sh', '-c', 'IFS= read -r b && eval "$b"'] as const
const reader = (nonce: string): string =>
  `E=$(printf "\\nx"); E=\${E%x}; t=; while IFS= read -r l && [ "$l" != ${nonce} ]; do t=$t$l$E; done; eval "$t"`

/** Sends the archive into the release. It counts only when the host has all of it and has unpacked all of it. */
export async function sendArchive(
  archive: Archive,
  release: string,
  { executor, signal, host }: Pick<CodeContext, 'executor' | 'signal' | 'host'>,
): Promise<void> {
  const nonce = randomBytes(16).toString('hex')
  let said = ''
  const command = await executor.open(argv, {
    signal,
    onOutput: (_stream, chunk) => {
      said = (said + Buffer.from(chunk).toString()).slice(-10_000)
    },
  })
  let over = false
  const done = command.done.finally(() => {
    over = true
  })
  done.catch(() => undefined)
  try {
    await command.write(`${reader(nonce)}\n${render(receive(archive, release, nonce), () => '')}\n${nonce}\n`)
    const buffer = Buffer.allocUnsafe(chunkSize)
    for (let at = 0; at < archive.bytes && !over; ) {
      signal.throwIfAborted()
      const { bytesRead } = await readFile(archive.file, buffer, 0, Math.min(chunkSize, archive.bytes - at), at)
      if (bytesRead === 0) throw new Error('the archive on this machine is cut')
      // A host that has given up (a full disk) no longer reads: its end is waited for as well.
      await Promise.race([command.write(Buffer.from(buffer.subarray(0, bytesRead))), done])
      at += bytesRead
    }
    command.end()
  } catch (error) {
    if (!over) {
      command.close()
      throw error
    }
  }
  const end = await done
  if (end.status === 0) return
  const cause = said.trim() || end.lost
  const { code, message, remedy } = end.status === undefined ? outcome('cut') : diagnose(end.status, said)
  throw new DragonfabError({
    code,
    host,
    message: message.replace('$OUTPUT', said.trim().split('\n').at(-1) ?? ''),
    ...(remedy !== undefined && { remedy }),
    ...(cause && { cause }),
  })
}

/**
 * What the host does: takes all of it into a file beside, compares size and sha256 with what was sent, and only then unpacks. A tar stream
 * that was cut may well unpack with status 0 (20 of 200 cuts, measured), so nothing is unpacked on the way. `cd`, since GNU tar takes a
 * backslash in the argument of `-C` for an escape.
 */
function receive(archive: Pick<Archive, 'bytes' | 'sha256'>, release: string, nonce: string): Fragment {
  const part = `${release}/.dragonfab-upload-${nonce}`
  return sh`set -eu
export LC_ALL=C
part=${part} release=${release}
trap 'rm -f -- "$part" "$part.whole"' EXIT
trap 'exit 1' HUP INT TERM
# When the connection goes, writing an error must not kill what clears away.
trap : PIPE
command -v tar >/dev/null 2>&1 || { echo 'tar is not installed' >&2; exit 81; }
( umask 077; cat >"$part" )
size=$(wc -c <"$part")
[ "$size" -eq ${archive.bytes} ] || { echo "$size bytes of "${archive.bytes}' arrived' >&2; exit 82; }
if command -v sha256sum >/dev/null 2>&1; then sum=$(sha256sum <"$part")
elif command -v shasum >/dev/null 2>&1; then sum=$(shasum -a 256 <"$part")
elif command -v openssl >/dev/null 2>&1; then sum=$(openssl dgst -sha256 -r <"$part")
else sum=${archive.sha256}
fi
case $sum in ${archive.sha256}*) ;; *) echo 'what arrived is not what was sent' >&2; exit 82 ;; esac
set --
case $(tar --version 2>&1) in *GNU*|*bsdtar*|*[Bb]usy[Bb]ox*) set -- --no-same-permissions ;; esac
{ gzip -dc <"$part" && : >"$part.whole"; } | (cd "$release" && tar -xof - "$@")
[ -f "$part.whole" ] || { echo 'gzip failed' >&2; exit 82; }`
}
