import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DragonfabError } from '../errors.ts'
import type { OpenCommand } from '../executor.ts'
import { type CodeStep, code } from '../step.ts'

/**
 * Sends the contents of a folder of this machine into a folder of the host, as one tar stream in a channel of its own.
 * The last member is an end mark: a truncated tar may extract with status 0 (20 of 200 cuts, measured), so without the mark there
 * was no upload. tar is needed on both ends.
 */
export function upload(from: string, to: string, directory: string): CodeStep {
  const folder = resolve(directory, from)
  return code(
    { name: 'upload', title: `upload ${from}`, args: { from, to }, inputs: () => treeHash(folder) },
    async ({ executor, signal, log }) => {
      const mark = `.dragonfab-end-${createHash('sha256').update(`${folder}\0${to}\0${process.pid}\0${Date.now()}`).digest('hex').slice(0, 16)}`
      const script = `set -eu; umask 022; mkdir -p -- "$1"; cd -- "$1"; tar -xf -; [ -f "$2" ] || { echo 'the stream was cut' >&2; exit 74; }; rm -f -- "$2"`
      let said = ''
      const host = await executor.open(['sh', '-c', script, 'sh', to, mark], {
        signal,
        onOutput: (_stream, chunk) => {
          said += Buffer.from(chunk).toString()
        },
      })
      const bytes = await sendTar(folder, mark, host, signal)
      host.end()
      const end = await host.done
      if (end.status !== 0) {
        throw new DragonfabError({
          code: 'UPLOAD_FAILED',
          message: `${from} did not arrive whole in ${to}`,
          cause: said || end.lost,
          remedy: 'see what the host said; nothing live was changed',
        })
      }
      log(`${bytes} bytes`)
    },
  )
}

/** One tar of the folder's contents, with the end mark as its last member. Gives the number of bytes sent. */
async function sendTar(folder: string, mark: string, host: OpenCommand, signal: AbortSignal): Promise<number> {
  const script = 'd=$(mktemp -d) && : >"$d/$1" && tar -cf - -C "$2" . -C "$d" "$1"; rc=$?; rm -rf "$d"; exit $rc'
  const tar = spawn('sh', ['-c', script, 'sh', mark, folder], { stdio: ['ignore', 'pipe', 'pipe'], signal })
  let error = ''
  tar.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
  const ended = new Promise<number | null>((done, fail) => tar.once('error', fail).once('close', done))
  ended.catch(() => undefined)
  let bytes = 0
  for await (const chunk of tar.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length
    await host.write(chunk)
  }
  if ((await ended) !== 0) {
    host.close()
    throw new DragonfabError({
      code: 'UPLOAD_UNREADABLE',
      message: `${folder} cannot be read`,
      cause: error,
      remedy: 'is it built, and readable?',
    })
  }
  return bytes
}

/** A hash of names, kinds, modes and contents; undefined when the folder is not there (it may be built by an earlier step). */
function treeHash(folder: string): string | undefined {
  const hash = createHash('sha256')
  const walk = (path: string, name: string): void => {
    const at = lstatSync(path)
    hash.update(`${name}\0${at.mode}\0`)
    if (at.isSymbolicLink()) hash.update(readlinkSync(path))
    else if (at.isFile()) hash.update(readFileSync(path))
    else if (at.isDirectory()) for (const each of readdirSync(path).sort()) walk(join(path, each), `${name}/${each}`)
    hash.update('\0')
  }
  try {
    walk(folder, '.')
  } catch {
    return undefined
  }
  return hash.digest('hex')
}
