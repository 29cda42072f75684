import { randomBytes } from 'node:crypto'
import { type CodeContext, DragonfabError, type Fragment, sh } from '@dragonfab/core'
import { collectScript, createTarFile, tarEnd } from '@dragonfab/upload'

type ScriptHost = Pick<CodeContext, 'executor' | 'host' | 'signal'>

/** Contents are only on stdin and stdout: never on a command line, and never in output that is shown. */
async function runScript(text: Fragment, { executor, host, signal }: ScriptHost, input: readonly Buffer[] = []): Promise<Buffer> {
  const { status, said, lost, out } = await collectScript(executor, text, { signal, input })
  if (status === 0) return out
  const full = /No space left|quota exceeded/i.test(said)
  throw new DragonfabError({
    code: full ? 'DISK_FULL' : 'SHARED_FAILED',
    host,
    message: full ? 'shared/ cannot be filled: the disk is full' : 'shared/ cannot be read or written',
    cause: said || lost || `status ${status}`,
    remedy: full ? 'free some space on it' : 'see the output of the host; no file was partly replaced',
  })
}

/** The content of a file in shared/, or undefined if it does not exist. */
export async function readShared(shared: string, path: string, host: ScriptHost): Promise<Buffer | undefined> {
  const text = sh`
    set -eu
    file=${`${shared}/${path}`}
    [ -e "$file" ] || { echo none; exit 0; }
    echo file
    exec cat -- "$file"
  `
  const answer = await runScript(text, host)
  return answer.subarray(0, 5).toString() === 'file\n' ? answer.subarray(5) : undefined
}

/**
 * Writes files into shared/, each by a rename. The previous file is kept as `<name>.before`. An existing file keeps its owner and mode; a new
 * one gets 0640. Links are followed. Nothing is replaced unless everything has arrived.
 */
export async function writeShared(
  shared: string,
  files: readonly { readonly path: string; readonly content: Buffer }[],
  host: ScriptHost,
  sharedWritable: boolean,
): Promise<readonly string[]> {
  const text = sh`
    set -eu
    export LC_ALL=C
    trap '' PIPE
    shared=${shared}
    ${sharedWritable ? sh`umask 002` : sh`umask 022`}
    mkdir -p -- "$shared"
    work=$shared/.dragonfab-push-${randomBytes(8).toString('hex')}
    trap 'rm -rf -- "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    (umask 077 && mkdir -- "$work" && cd -- "$work" && tar -xof -)
    [ -f "$work/end" ] || { echo 'the stream was cut off' >&2; exit 1; }
    put() {
      new=$work/$1 at=$shared/$2 mode=640 owner=
      [ ! -L "$at" ] || at=$(readlink -f -- "$at")
      case $at in */*) mkdir -p -- "\${at%/*}" ;; esac
      [ ! -d "$at" ] || { echo "$at is a directory" >&2; exit 1; }
      if [ -e "$at" ]; then mode=$(stat -c %a -- "$at") owner=$(stat -c %u:%g -- "$at"); fi
      # A rename works only within one filesystem, and nobody must see half of a copy from another one.
      cp -- "$new" "$at.dragonfab-new"
      if [ -n "$owner" ] && [ "$owner" != "$(stat -c %u:%g -- "$at.dragonfab-new")" ]; then
        chown "$owner" "$at.dragonfab-new" 2>/dev/null || chgrp "\${owner#*:}" "$at.dragonfab-new" 2>/dev/null || echo "$2: its owner was $owner and is now the user who deploys"
      fi
      chmod "$mode" "$at.dragonfab-new"
      [ ! -e "$at" ] || ln -f -- "$at" "$at.before" 2>/dev/null || cp -p -- "$at" "$at.before"
      mv -f -- "$at.dragonfab-new" "$at"
      echo "$2: written, mode $mode"
    }
    ${sh.join(files.map(({ path }, index) => sh`put ${String(index)} ${path}`))}
  `
  const parts = files.flatMap(({ content }, index) => createTarFile(String(index), content))
  const output = await runScript(text, host, [...parts, ...createTarFile('end', Buffer.alloc(0)), tarEnd])
  return output.toString().split('\n').filter(Boolean)
}
