import { randomBytes } from 'node:crypto'
import { type Executor, type Fragment, render } from '@dragonfab/core'

/** Constant, so that nothing of a run is on a command line: it reads the line that reads the script that reads what follows. */
const shellArgv = ['sh', '-c', 'IFS= read -r b && eval "$b"'] as const
const readerScript = (nonce: string): string =>
  `E=$(printf "\\nx"); E=\${E%x}; t=; while IFS= read -r l && [ "$l" != ${nonce} ]; do t=$t$l$E; done; eval "$t"`

/** A script on the host that goes on to read what is written to it. */
export interface RunningScript {
  /** False when the host no longer reads: its end tells why. */
  write(data: string | Uint8Array): Promise<boolean>
  end(): void
  close(): void
  readonly done: Promise<HostScriptEnd>
}

export interface HostScriptEnd {
  /** The received exit status; none when the connection was lost. */
  readonly status: number | undefined
  readonly lost: string | undefined
  /** The last of what it wrote on standard error. */
  readonly said: string
}

type TakeOutput = (chunk: Uint8Array) => void | Promise<void>

export interface RunningScriptOptions {
  readonly signal: AbortSignal
  /** Takes standard output; without it, that counts as said. */
  readonly onOutput?: TakeOutput | undefined
}

/** A shell on the host that waits for a script to be sent. It does nothing before. */
export interface WaitingShell {
  /** Whether it has ended without a script. */
  hasEnded(): boolean
  start(script: Fragment, onOutput?: TakeOutput): Promise<RunningScript>
  close(): void
}

/** Where a shell may be that was opened beforehand. */
export interface ShellSource {
  /** A host's shell, to be used once. */
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
      // Who has given up (a full disk) no longer reads: its end is waited for as well.
      await Promise.race([command.write(data), done])
    } catch (error) {
      // A closed input may be noticed before the status comes.
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
