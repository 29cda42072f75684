import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { type CodeContext, DragonfabError, type Executor, type Fragment, sh } from '@dragonfab/core'
import { startScript, upload } from '@dragonfab/upload'
import { type DebEnv, packageDir, packagesOf } from '../env.ts'
import { failures } from '../outcomes.ts'

/** Where a package is built that is not built in its own folder. */
export interface Elsewhere {
  readonly executor: Executor
  /** For people. */
  readonly host: string
  /** What builds in `$source`, and names in `$changes` what it made. */
  readonly script: Fragment
}

/** Builds there, in a folder of its own that is removed afterwards, and fetches what was built. */
export async function buildElsewhere(env: DebEnv, { executor, host, script }: Elsewhere, context: CodeContext): Promise<void> {
  const place = (await ask(executor, sh`mktemp -d "\${TMPDIR:-/tmp}/dragonfab-build.XXXXXXXX"`, host, context)).trim()
  try {
    // Not spread: a step on this machine has no executor, and says so where it is read.
    const there: CodeContext = Object.create(context, { executor: { value: executor }, host: { value: host } })
    await buildIn(env, script, place, there)
  } finally {
    await ask(executor, sh`rm -rf -- ${place}`, host, { signal: AbortSignal.timeout(30_000) }).catch(() => undefined)
  }
}

async function buildIn(env: DebEnv, script: Fragment, place: string, context: CodeContext): Promise<void> {
  const { executor, host, directory, signal, log } = context
  const source = `${place}/${basename(resolve(directory, env.deb.source))}`
  await upload({ from: env.deb.source, to: source, exclude: ['/.git', '/node_modules'], state: `${place}/state` }, context)
  const text = sh`
    set -eu
    source=${source}
    ${script}
    { cat "$changes.sha256"; printf '%s  %s\n' "$(sha256sum <"$changes" | cut -d ' ' -f 1)" "$changes"; } >${`${place}/built`}
  `
  const lines = new Lines(log)
  // What it says goes to one stream, in its order; of a failure its last line is the reason.
  const running = await startScript(executor, sh.join([sh`{`, text, sh`} 2>&1`]), { signal, onOutput: (chunk) => lines.push(chunk) })
  running.end()
  const { status, lost } = await running.done
  lines.end()
  if (status !== 0) {
    const { message = `the build on ${host} failed: $OUTPUT`, ...known } = failures[status ?? -1] ?? {}
    const output = lines.last || lost || `status ${status ?? 'none'}`
    throw new DragonfabError({ code: 'DEB_BUILD_FAILED', ...known, message: message.replaceAll('$OUTPUT', () => output), host })
  }
  const folder = packagesOf(directory, packageDir(env))
  await mkdir(folder, { recursive: true })
  for (const line of (await ask(executor, sh`cat ${`${place}/built`}`, host, context)).trim().split('\n')) {
    const [hash = '', name = ''] = line.split(/ +/)
    await fetch(executor, `${place}/${basename(name)}`, join(folder, basename(name)), hash, { host, signal })
    log(`${join(folder, basename(name))}  sha256 ${hash}`)
  }
}

/** A file is there whole, by its sha256, or not at all. */
async function fetch(
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
  // Waited for below; a disk that fills meanwhile is told there.
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
      message: `${basename(to)} did not arrive whole from ${host}`,
      cause: said || lost,
      remedy: 'run it again',
    })
  } finally {
    file.destroy()
    await rm(part, { force: true })
  }
}

async function ask(
  executor: Executor,
  text: ReturnType<typeof sh>,
  host: string,
  { signal }: Pick<CodeContext, 'signal'>,
): Promise<string> {
  const out: Buffer[] = []
  const script = await startScript(executor, text, { signal, onOutput: (chunk) => void out.push(Buffer.from(chunk)) })
  script.end()
  const { status, said, lost } = await script.done
  if (status === 0) return Buffer.concat(out).toString()
  throw new DragonfabError({
    code: 'DEB_BUILD_FAILED',
    host,
    message: `nothing can be built on ${host}`,
    cause: said || lost,
    remedy: 'can you log in there without a question, and write to its /tmp?',
  })
}

/** Tells whole lines, and remembers the last one. */
class Lines {
  last = ''
  readonly #tell: (line: string) => void
  #rest = ''

  constructor(tell: (line: string) => void) {
    this.#tell = tell
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(chunk).toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  end(): void {
    if (this.#rest) this.#line(this.#rest)
    this.#rest = ''
  }

  #line(line: string): void {
    if (line.trim()) this.last = line
    this.#tell(line)
  }
}
