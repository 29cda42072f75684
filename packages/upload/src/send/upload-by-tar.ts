import { type CodeContext, DragonfabError, type UploadRequest } from '@dragonfab/core'
import { acquireContent, type FolderContent } from '../folder/content.ts'
import { formatFileCount, formatSize } from '../format-amounts.ts'
import { displayPath, failedError } from '../problems.ts'
import { TransferProgress } from '../progress.ts'
import { AnswerReader } from './answer.ts'
import { type ArchiveItem, writeArchive } from './archive.ts'
import { compareWithList, type ListedFile, lineOf, modeOf } from './difference.ts'
import { namesOf, receiveScript } from './host-script.ts'
import { type HostScriptEnd, openShell, type RunningScript, type ShellSource } from './running-script.ts'
import { Wire } from './wire.ts'

/**
 * Sends a folder as one tar stream in its own channel. The host's list of the last upload arrives while the folder is read on this machine,
 * and only differences are sent. Files that the host could not reuse are sent in a second round. This is rare: something has written into
 * the previous release.
 */
export async function uploadByTar(request: UploadRequest, context: CodeContext, ahead?: ShellSource): Promise<void> {
  const { from, to, include, exclude } = request
  const { content, release } = acquireContent(from, context.directory, { include, exclude }, context.signal)
  try {
    for (let turn = 0; ; turn++) {
      const bad = await sendTar(request, context, content, ahead)
      if (!bad.length) return
      if (turn === 2) {
        const said = `${displayPath(bad[0] ?? '')} keeps changing on the host`
        throw failedError(from, to, context.host, { status: 1, lost: undefined, said })
      }
      context.log(`${formatFileCount(bad.length)} had changed on the host: sending ${bad.length === 1 ? 'it' : 'them'} again`)
    }
  } finally {
    release()
  }
}

/** Sends the differences. Returns the paths of files that the host could not reuse. */
async function sendTar(
  request: UploadRequest,
  context: CodeContext,
  looked: Promise<FolderContent>,
  ahead: ShellSource | undefined,
): Promise<readonly string[]> {
  const { from, to, unchanged = 'copy' } = request
  const { executor, signal, host, log } = context
  const names = namesOf(request)
  const output = new AnswerReader()
  const opening = (async () => {
    const shell = (await ahead?.takeShell(host)) ?? (await openShell(executor, signal))
    return shell.start(receiveScript(names), (chunk) => output.push(chunk))
  })()
  opening.catch(() => undefined)
  const content = await awaitUsable(request, looked, opening)
  const script = await opening
  const first = await Promise.race([output.answer, script.done])
  if (isScriptEnd(first)) throw failedError(from, to, host, first)
  const listed = filesOf(content, unchanged === 'link')
  const { same, ranges } = compareWithList(listed, first.list)
  const items = content.entries.flatMap((entry): readonly ArchiveItem[] =>
    same.has(entry.path) ? [] : [{ entry, mode: modeOf(entry, unchanged === 'link'), ...content.hashes.get(entry.path) }],
  )
  const lines = listed.flatMap((file) => (same.has(file.path) ? [] : (lineOf(file) ?? [])))
  const total = items.reduce((sum, { entry }) => sum + entry.size, 0)
  const progress = new TransferProgress(total, (text) => context.progress(text))
  const wire = new Wire((data) => script.write(data), first.gzip)
  try {
    await script.write(`${ranges}\n`)
    await writeArchive(wire, {
      folder: content.folder,
      items,
      mark: { name: `.dragonfab-upload-${names.id}`, content: Buffer.from([...lines, 'end', ''].join('\n'), 'latin1') },
      signal,
      onContent: (bytes) => progress.add(bytes),
    })
    script.end()
  } catch (error) {
    script.close()
    throw error
  }
  const end = await script.done
  if (end.status !== 0) throw failedError(from, to, host, end)
  log(summarize(content, items, same.size, wire.sent))
  return output.badPaths()
}

/** Reads the folder. A problem on this machine is reported without waiting for the host. */
async function awaitUsable(
  { from, include = [] }: UploadRequest,
  looked: Promise<FolderContent>,
  opening: Promise<RunningScript>,
): Promise<FolderContent> {
  try {
    const content = await looked
    if (content.entries.length || !include.length) return content
    throw new DragonfabError({
      code: 'UPLOAD_NOTHING',
      message: `no file in ${from} matches ${include.join(', ')}`,
      remedy: 'correct `include`; its patterns are as in a .gitignore, relative to the folder',
    })
  } catch (error) {
    await opening.then((script) => script.close()).catch(() => undefined)
    throw error
  }
}

const isScriptEnd = (value: object): value is HostScriptEnd => 'said' in value

function filesOf({ entries, hashes }: FolderContent, readOnly: boolean): readonly ListedFile[] {
  return entries.flatMap((entry) => {
    const hashed = hashes.get(entry.path)
    return hashed ? [{ path: entry.path, mode: modeOf(entry, readOnly), sha256: hashed.sha256 }] : []
  })
}

/** `3 files sent, 1.2 MB (0.4 MB packed) · 4,997 files unchanged`. */
function summarize({ special }: FolderContent, items: readonly ArchiveItem[], unchanged: number, packed: number): string {
  const sent = items.filter(({ entry }) => entry.kind === 'file')
  const total = sent.reduce((sum, { entry }) => sum + entry.size, 0)
  return [
    `${formatFileCount(sent.length)} sent, ${formatSize(total)}${packed < total ? ` (${formatSize(packed)} packed)` : ''}`,
    ...(unchanged ? [`${formatFileCount(unchanged)} unchanged`] : []),
    ...(special.length ? [`left out, because they are not files: ${special.slice(0, 3).map(displayPath).join(', ')}`] : []),
  ].join(' · ')
}
