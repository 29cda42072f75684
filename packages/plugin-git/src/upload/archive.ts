import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, createWriteStream, mkdirSync, openSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { DragonfabError, type RunScope, withSecrets } from '@dragonfab/core'
import { TarJoiner } from '@dragonfab/upload'
import { diagnose, failureOf } from '../diagnose.ts'
import { depthOf } from '../names/path.ts'
import { folderOf, type Repository } from '../names/repository.ts'
import { type CommitSource, packLocally } from '../shell/git-update.ts'

/** A gzipped tar in a file without a name: it disappears with this process, however that ends. */
export interface Archive {
  readonly file: number
  readonly bytes: number
  readonly sha256: string
}

export interface ArchiveRequest {
  readonly repository: Repository
  readonly source: CommitSource
  /** The config's folder. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** `~/.cache/dragonfab/git`: mirrors of the repositories that are not on this machine. */
function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment.XDG_CACHE_HOME?.startsWith('/') ? environment.XDG_CACHE_HOME : join(environment.HOME ?? homedir(), '.cache')
  return join(base, 'dragonfab', 'git')
}

/** Packs the commit on this machine, without holding it in memory. */
export async function buildArchive({ repository, source, directory, signal }: ArchiveRequest): Promise<Archive> {
  const cache = cacheFolder()
  const folder = folderOf(repository)
  const modules = join(cache, 'modules')
  const mirror = join(cache, createHash('sha256').update(source.url).digest('hex').slice(0, 32))
  const { text, assignments } = withSecrets(packLocally(source, folder === undefined ? { mirror, modules } : { folder, modules }))
  const file = openUnnamedFile(cache)
  try {
    // On stdin, because any user of this machine can read arguments.
    const child = spawn('sh', ['-s'], { cwd: directory, signal })
    let errorOutput = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errorOutput = (errorOutput + chunk.toString()).slice(-10_000)
    })
    const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${assignments}\nmain() {\nset -eu\n${text}\n}\nmain </dev/null\n`)
    const hash = createHash('sha256')
    let bytes = 0
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        hash.update(chunk)
        done(null, chunk)
      },
    })
    const strip = source.folder === '' ? 0 : depthOf(source.folder)
    const out = createWriteStream('', { fd: file, autoClose: false })
    // It waits for both, so that a failure of git is reported, and not the truncated stream that follows from it.
    const [output, status] = await Promise.allSettled([
      pipeline(child.stdout, new TarJoiner(strip), createGzip({ level: 4 }), count, out),
      exit,
    ])
    signal.throwIfAborted()
    if (status.status === 'rejected') throw status.reason
    if (status.value !== 0) throw createPackError(status.value ?? undefined, errorOutput, source)
    if (output.status === 'rejected') throw output.reason
    return { file, bytes, sha256: hash.digest('hex') }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function createPackError(status: number | undefined, output: string, source: CommitSource): DragonfabError {
  const { code, message, remedy } = failureOf(diagnose(status, output))
  const last = output.trim().split('\n').at(-1) ?? ''
  return new DragonfabError({
    code,
    message: `from this machine: ${source.url}: ${message.replace('$OUTPUT', last)}`,
    ...(remedy !== undefined && { remedy }),
    ...(output.trim() && { cause: output.trim() }),
  })
}

/** In the cache and not in /tmp, which may be in memory. */
function openUnnamedFile(folder: string): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `.upload-${process.pid}-${Math.random().toString(36).slice(2)}`)
  const file = openSync(path, 'wx+', 0o600)
  rmSync(path)
  return file
}

/** A file without a name disappears when it is closed: at the latest when the run's scope is garbage-collected. */
const archiveFiles = new FinalizationRegistry<number>((file) => closeSync(file))

/** The one archive for all hosts of a run. The first host that needs it makes it. */
export function archiveForRun(run: RunScope, key: string, request: ArchiveRequest): Promise<Archive> {
  return run.once(`git.archive ${key}`, async () => {
    const archive = await buildArchive(request)
    archiveFiles.register(run, archive.file)
    return archive
  })
}
