import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { type CodeContext, collect, DragonfabError, type Executor, type Fragment, render, sh } from '@dragonfab/core'
import { startScript, uploadFolder } from '@dragonfab/upload'
import { type DebEnv, packageDir, resolvePackageDir } from '../env.ts'
import { failures } from '../exit-statuses.ts'

/** A place to build in, other than the package's own folder. */
export interface RemoteBuild {
  readonly executor: Executor
  /** Its name in messages. */
  readonly host: string
  /** Builds in `$source`, and sets `$changes` to the .changes file. */
  readonly script: Fragment
}

/** Builds in a temporary folder, which is removed afterwards, and fetches the result. */
export async function buildRemotely(env: DebEnv, { executor, host, script }: RemoteBuild, context: CodeContext): Promise<void> {
  const buildFolder = (await captureOutput(executor, sh`mktemp -d "\${TMPDIR:-/tmp}/dragonfab-build.XXXXXXXX"`, host, context)).trim()
  try {
    // Not a spread, which would read `executor`, and a step on this machine has none.
    const remoteContext: CodeContext = Object.create(context, { executor: { value: executor }, host: { value: host } })
    await buildInFolder(env, script, buildFolder, remoteContext)
  } finally {
    await captureOutput(executor, sh`rm -rf -- ${buildFolder}`, host, { signal: AbortSignal.timeout(30_000) }).catch(() => undefined)
  }
}

async function buildInFolder(env: DebEnv, script: Fragment, buildFolder: string, context: CodeContext): Promise<void> {
  const { executor, host, directory, signal, log } = context
  const source = `${buildFolder}/${basename(resolve(directory, env.deb.source))}`
  await uploadFolder({ from: env.deb.source, to: source, exclude: ['/.git', '/node_modules'], state: `${buildFolder}/state` }, context)
  const text = sh`
    set -eu
    source=${source}
    ${script}
    { cat "$changes.sha256"; printf '%s  %s\n' "$(sha256sum <"$changes" | cut -d ' ' -f 1)" "$changes"; } >${`${buildFolder}/built`}
  `
  const lines = new LineSplitter(log)
  // Not by `collect`, because a build takes minutes and its lines are printed as they come. One stream keeps their order.
  const running = await startScript(executor, sh.join([sh`{`, text, sh`} 2>&1`]), { signal, onOutput: (chunk) => lines.push(chunk) })
  running.end()
  const { status, lost } = await running.done
  lines.end()
  if (status !== 0) {
    const { message = `the build on ${host} failed: $OUTPUT`, ...failure } = failures[status ?? -1] ?? {}
    const output = lines.lastLine || lost || `status ${status ?? 'none'}`
    throw new DragonfabError({ code: 'DEB_BUILD_FAILED', ...failure, message: message.replaceAll('$OUTPUT', () => output), host })
  }
  const folder = resolvePackageDir(directory, packageDir(env))
  await mkdir(folder, { recursive: true })
  for (const line of (await captureOutput(executor, sh`cat ${`${buildFolder}/built`}`, host, context)).trim().split('\n')) {
    const [hash = '', name = ''] = line.split(/ +/)
    await fetchFile(executor, `${buildFolder}/${basename(name)}`, join(folder, basename(name)), hash, { host, signal })
    log(`${join(folder, basename(name))}  sha256 ${hash}`)
  }
}

/** Fetches a file completely, by its sha256, or not at all. Streams it, because a package may be larger than the memory. */
async function fetchFile(
  executor: Executor,
  from: string,
  to: string,
  sha256: string,
  { host, signal }: { host: string; signal: AbortSignal },
) {
  const part = `${to}.${randomBytes(4).toString('hex')}.part`
  const hash = createHash('sha256')
  const file = createWriteStream(part)
  const written = finished(file)
  // Awaited below, where a full disk is reported.
  written.catch(() => undefined)
  try {
    const script = await startScript(executor, sh`exec cat -- ${from}`, {
      signal,
      onOutput: (chunk) => {
        hash.update(chunk)
        if (!file.write(chunk))
          return Promise.race([once(file, 'drain'), written]).then(
            () => undefined,
            () => undefined,
          )
      },
    })
    script.end()
    const { status, said, lost } = await script.done
    file.end()
    await written
    if (status === 0 && hash.digest('hex') === sha256) return await rename(part, to)
    throw new DragonfabError({
      code: 'DEB_ARTEFACTS',
      host,
      message: `${basename(to)} from ${host} did not arrive completely`,
      cause: said || lost,
      remedy: 'run it again',
    })
  } finally {
    file.destroy()
    await rm(part, { force: true })
  }
}

async function captureOutput(executor: Executor, text: Fragment, host: string, { signal }: Pick<CodeContext, 'signal'>): Promise<string> {
  const { status, stdout, stderr, lost } = await collect(executor, ['sh', '-c', 'eval "$(cat)" </dev/null'], {
    signal,
    stdin: render(text),
  })
  if (status === 0) return stdout
  throw new DragonfabError({
    code: 'DEB_BUILD_FAILED',
    host,
    message: `cannot build on ${host}`,
    cause: stderr.trim() || lost,
    remedy: 'check that you can log in without a prompt, and write to /tmp on that host',
  })
}

/** Prints whole lines, and remembers the last one. */
class LineSplitter {
  lastLine = ''
  readonly #print: (line: string) => void
  #partialLine = ''

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#partialLine + Buffer.from(chunk).toString()).split('\n')
    this.#partialLine = lines.pop() ?? ''
    for (const line of lines) this.#handleLine(line)
  }

  end(): void {
    if (this.#partialLine) this.#handleLine(this.#partialLine)
    this.#partialLine = ''
  }

  #handleLine(line: string): void {
    if (line.trim()) this.lastLine = line
    this.#print(line)
  }
}
