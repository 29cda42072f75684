import { randomBytes } from 'node:crypto'
import { type Executor, type Fragment, render } from '@dragonfab/core'

/** A constant, so that no data of a run is on a command line. It reads a line, which reads the script, which reads the rest. */
const shellArgv = ['sh', '-c', 'IFS= read -r b && eval "$b"'] as const
const readerScript = (nonce: string): string =>
  `E=$(printf "\\nx"); E=\${E%x}; t=; while IFS= read -r l && [ "$l" != ${nonce} ]; do t=$t$l$E; done; eval "$t"`

/** A running script on the host that reads its input. */
export interface RunningScript {
  /** Resolves to false if the host no longer reads. Its end explains why. */
  write(data: string | Uint8Array): Promise<boolean>
  end(): void
  close(): void
  readonly done: Promise<HostScriptEnd>
}

export interface HostScriptEnd {
  /** The received exit status. Undefined if the connection was lost. */
  readonly status: number | undefined
  readonly lost: string | undefined
  /** The last part of its standard error. */
  readonly said: string
}

type TakeOutput = (chunk: Uint8Array) => void | Promise<void>

export interface RunningScriptOptions {
  readonly signal: AbortSignal
  /** Receives standard output. Without it, standard output is added to `said`. */
  readonly onOutput?: TakeOutput | undefined
}

/** A shell on the host that waits for a script. */
export interface WaitingShell {
  /** Whether it has ended without a script. */
  hasEnded(): boolean
  start(script: Fragment, onOutput?: TakeOutput): Promise<RunningScript>
  close(): void
}

/** A source of shells that were opened in advance. */
export interface ShellSource {
  /** A shell on the host. Each can be used once. */
  takeShell(host: string): Promise<WaitingShell | undefined>
}

export async function openShell(executor: Executor, signal: AbortSignal): Promise<WaitingShell> {
  let said = ''
  let ended = false
  let takeOutput: TakeOutput | undefined
  const command = await executor.open(shellArgv, {
    signal,
    onOutput: (stream, chunk) => {
      if (stream === 'stdout' && takeOutput) return takeOutput(chunk)
      said = (said + Buffer.from(chunk).toString()).slice(-10_000)
      return undefined
    },
  })
  const done = command.done.then(({ status, lost }): HostScriptEnd => {
    ended = true
    return { status, lost, said: said.trim() }
  })
  done.catch(() => {
    ended = true
  })
  const write = async (data: string | Uint8Array): Promise<boolean> => {
    if (ended) return false
    try {
      // A script that has stopped (a full disk) no longer reads, so its end is awaited too.
      await Promise.race([command.write(data), done])
    } catch (error) {
      // A closed input may be noticed before the status arrives.
      await done
      if (!ended) throw error
    }
    return !ended
  }
  return {
    hasEnded: () => ended,
    close: () => command.close(),
    start: async (script, onOutput) => {
      takeOutput = onOutput
      const nonce = randomBytes(16).toString('hex')
      await write(`${readerScript(nonce)}\n${render(script)}\n${nonce}\n`)
      return { write, done, end: () => command.end(), close: () => command.close() }
    },
  }
}

/** Starts a script (without secrets) that reads its input. */
export async function startScript(
  executor: Executor,
  script: Fragment,
  { signal, onOutput }: RunningScriptOptions,
): Promise<RunningScript> {
  return (await openShell(executor, signal)).start(script, onOutput)
}

/** How a script ended, with its whole standard output. */
export interface CollectedScript extends HostScriptEnd {
  readonly out: Buffer
}

/**
 * Runs a script with an input, and returns its output as bytes. `collect` of core handles text: names and contents of files need not be UTF-8.
 * Inputs are written one after the other, and no more of them if the host no longer reads.
 */
export async function collectScript(
  executor: Executor,
  script: Fragment,
  { signal, input = [] }: { readonly signal: AbortSignal; readonly input?: Iterable<string | Uint8Array> },
): Promise<CollectedScript> {
  const out: Buffer[] = []
  const running = await startScript(executor, script, { signal, onOutput: (chunk) => void out.push(Buffer.from(chunk)) })
  for (const part of input) if (!(await running.write(part))) break
  running.end()
  return { ...(await running.done), out: Buffer.concat(out) }
}
