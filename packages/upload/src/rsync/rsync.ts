import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { type CodeContext, DragonfabError, type Fragment, sh, type UploadRequest } from '@dragonfab/core'
import { type FolderEntry, walk } from '../folder/walk.ts'
import { formatFileCount, formatSize } from '../format-amounts.ts'
import { changedError, failedError, unreadableError } from '../problems.ts'
import { type HostScript, lookBackScript, namesOf, rememberScript } from '../send/host-script.ts'
import { collectScript } from '../send/running-script.ts'
import { openBridge } from './bridge.ts'

const noRsyncStatus = 83

/**
 * Sends the folder with rsync through the host's executor: over the open connection, as the host's user. rsync receives a list of the
 * selected files, and compares their checksums with the last upload.
 */
export async function uploadByRsync(request: UploadRequest, context: CodeContext): Promise<void> {
  const { from, to, unchanged = 'copy' } = request
  const folder = resolve(context.directory, from)
  const entries = listEntries(folder, request)
  const names = namesOf(request)
  const base = (await runOnHost(baseScript(names), request, context)).replace(/\n$/, '')
  const bridge = await openBridge(context.executor, context.signal)
  try {
    const baseFlags = base === '' || base === to || unchanged === 'send' ? [] : [`--${unchanged}-dest=${base}`]
    // As with tar: writable only for the owner, or for nobody if files are shared between releases.
    const modes = unchanged === 'link' ? 'Du+rwx,Dgo-w,Fa-w,ug-s,o-t' : 'Du+rwx,go-w,ug-s,o-t'
    const flags = ['-lpt', '--checksum', '-s', '--from0', '--files-from=-', '--info=progress2', '--stats', `--chmod=${modes}`]
    const argv = [...flags, ...baseFlags, '-e', bridge.command, '--', `${folder}/`, `host:${to}/`]
    // rsync would read a name that begins with # or ; as a comment.
    const list = Buffer.from(entries.map(({ path }) => `./${path}\0`).join(''), 'latin1')
    const { status, said, sent } = await runRsync(argv, list, context)
    if (status === 24) throw changedError(/file has vanished: "(.*)"/.exec(said)?.[1] ?? from)
    if (status !== 0)
      throw failedError(from, to, context.host, { status, lost: undefined, said: [bridge.stderrText(), said].filter(Boolean).join('\n') })
    const count = entries.filter(({ kind }) => kind === 'file').length
    context.log(`${formatFileCount(count)} by rsync${sent === undefined ? '' : `, ${formatSize(sent)} sent`}`)
  } finally {
    await bridge.close()
  }
  await runOnHost(noteScript(names), request, context)
}

function listEntries(folder: string, { from, include, exclude }: UploadRequest): readonly FolderEntry[] {
  try {
    return walk(folder, { include, exclude }).entries
  } catch (error) {
    throw unreadableError(from, error)
  }
}

const baseScript = (names: HostScript): Fragment => sh`
  ${lookBackScript(names)}
  command -v rsync >/dev/null 2>&1 || { echo 'rsync is not installed' >&2; exit ${noRsyncStatus}; }
  mkdir -p -- "$to" "$slot"
  [ ! -d "$base" ] || (cd -P -- "$base" && pwd -P)
`

/** An upload by rsync leaves no list of files, because rsync compares by itself. A later upload by tar sends everything. */
const noteScript = (names: HostScript): Fragment => sh`
  ${lookBackScript(names)}
  gzip=no
  ${rememberScript}
  remember /dev/null
`

async function runOnHost(text: Fragment, { from, to }: UploadRequest, { executor, signal, host }: CodeContext): Promise<string> {
  const { out, ...end } = await collectScript(executor, text, { signal })
  if (end.status === noRsyncStatus) throw rsyncMissingError(host, 'rsync is not installed on the host')
  if (end.status !== 0) throw failedError(from, to, host, end)
  return out.toString()
}

const rsyncMissingError = (host: string, message: string): DragonfabError =>
  new DragonfabError({ code: 'RSYNC_MISSING', host, message, remedy: "install it, or remove `by: 'rsync'`: without it, tar is used" })

interface RsyncResult {
  readonly status: number | undefined
  readonly said: string
  readonly sent: number | undefined
}

function runRsync(argv: readonly string[], list: Buffer, { host, signal, progress }: CodeContext): Promise<RsyncResult> {
  return new Promise((done, fail) => {
    const child = spawn('rsync', argv, { signal, env: { ...process.env, LC_ALL: 'C', RSYNC_RSH: undefined } })
    let out = ''
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out = (out + chunk.toString()).slice(-10_000)
      // rsync's own progress: bytes, percent, rate and remaining time.
      const [last] = out.split(/[\r\n]/).slice(-2)
      if (last && /\d+%/.test(last)) progress(last.trim().replace(/\s+/g, ' '))
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000)
    })
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? rsyncMissingError(host, 'rsync is not installed on this machine') : error),
    )
    child.once('close', (status) => {
      const total = /Total bytes sent: ([\d,]+)/.exec(out)?.[1]
      done({ status: status ?? undefined, said: said.trim(), sent: total === undefined ? undefined : Number(total.replaceAll(',', '')) })
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(list)
  })
}
