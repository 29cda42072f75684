import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { type CodeContext, type CodeStep, code, DragonfabError, sh, shellFunction } from '@dragonfab/core'
import { startScript, TransferProgress } from '@dragonfab/upload'
import { type DebEnv, packageDir, resolvePackageDir, rootStepOptions } from '../env.ts'
import { chooseNewest } from '../package/choose-package.ts'
import type { DebFile } from '../package/read-deb.ts'
import { hashFile, readFoundPackages } from './find-packages.ts'

/** Sends a host the newest package for its architecture, unless the host has it. It arrives completely, by its sha256, or not at all. */
export function sendPackage(env: DebEnv): CodeStep {
  const { packageName, folder } = env.deb
  const from = packageDir(env)
  return code(
    { name: 'deb.send', title: `send ${packageName}`, args: { packageName, from, to: folder }, ...rootStepOptions(env) },
    async (context) => {
      const archOutput = await context.capture(sh`dpkg --print-architecture 2>/dev/null || echo none`)
      const architecture = archOutput.trim()
      if (architecture === 'none') {
        throw new DragonfabError({
          code: 'DEB_NO_APT',
          host: context.host,
          message: 'packages cannot be installed on the host: dpkg is not installed',
          remedy: 'use a Debian or Ubuntu host',
        })
      }
      const file = chooseNewest(readFoundPackages(context.run, env), architecture, {
        name: packageName,
        folder: resolvePackageDir(context.directory, from),
      })
      const hash = await hashFile(file.path)
      const sent = await transferPackage(file, hash, folder, context)
      context.log(`${basename(file.path)}, sha256 ${hash.slice(0, 16)}…: ${sent ? 'sent' : 'the host has it already'}`)
    },
  )
}

/** Notes the package for the steps that install it. */
const noteNext = shellFunction(
  'deb_note_next',
  sh`
    printf '%s\n' "$version" "$at/$name" "$hash" deploy >"$folder/next.new"
    mv -f -- "$folder/next.new" "$folder/next"
  `,
)

/** Returns false if the host has the file already. */
async function transferPackage(
  file: DebFile,
  hash: string,
  folder: string,
  { executor, host, signal, progress }: CodeContext,
): Promise<boolean> {
  const text = sh`
    set -eu
    umask 022
    trap '' PIPE
    folder=${folder} version=${file.version}
    at=${`${folder}/packages/${hash.slice(0, 16)}`} name=${basename(file.path)} hash=${hash}
    mkdir -p -- "$at"
    cd -- "$at"
    if [ -f "$name" ] && [ "$(sha256sum <"$name")" = "$hash  -" ]; then
      ${noteNext}
      echo there
      exit 0
    fi
    echo send
    part=.$name.part
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 1' HUP INT TERM
    cat >"$part"
    [ "$(sha256sum <"$part")" = "$hash  -" ] || { echo 'it arrived incomplete' >&2; exit 1; }
    mv -f -- "$part" "$name"
    ${noteNext}
  `
  let answer: (word: string) => void = () => undefined
  const first = new Promise<string>((resolve) => {
    answer = resolve
  })
  const script = await startScript(executor, text, { signal, onOutput: (chunk) => answer(Buffer.from(chunk).toString().trim()) })
  const word = await Promise.race([first, script.done.then(() => 'over')])
  if (word === 'send') {
    const meter = new TransferProgress(file.size, progress)
    for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) {
      if (!(await script.write(chunk))) break
      meter.add(chunk.length)
    }
  }
  script.end()
  const { status, said, lost } = await script.done
  if (status === 0) return word === 'send'
  const full = /No space left|quota exceeded/i.test(said)
  throw new DragonfabError({
    code: full ? 'DISK_FULL' : 'DEB_NOT_SENT',
    host,
    message: full ? `${folder}: the disk is full` : `${basename(file.path)} did not arrive`,
    cause: said || lost || `status ${status}`,
    remedy: full ? 'free some space on the host' : 'run it again; deb.folder sets where packages are kept',
  })
}
