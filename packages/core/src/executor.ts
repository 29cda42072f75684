/** How a command ended. */
export interface ExecResult {
  /**
   * The received exit status. `undefined` when none was received: the connection was lost, so the outcome is *unknown*.
   * Only a received 0 is success.
   */
  readonly status: number | undefined
  /** The signal that ended it, without `SIG` (`KILL`), where the other side told. */
  readonly signal?: string | undefined
  /** Why there is no status (`connection lost`), for people. */
  readonly lost?: string | undefined
}

export interface ExecOptions {
  /** What the command reads; none means end of input at once. */
  readonly stdin?: string | Uint8Array | NodeJS.ReadableStream | AsyncIterable<Uint8Array> | undefined
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /**
   * Ask for a terminal of this size; output arrives on `stdout` alone. A command on this machine gets this program's own terminal
   * instead (`ownTerminal` of what `open` gives): it writes there itself, and reads from it by `/dev/tty`; its stdin stays a pipe.
   */
  readonly tty?: { readonly columns: number; readonly rows: number } | undefined
  /** Milliseconds until the command is ended and the result is unknown; none by default. */
  readonly timeoutMs?: number | undefined
  /** Ends the command when aborted. */
  readonly signal?: AbortSignal | undefined
  /**
   * Called for every chunk, in order. The bytes are raw: decode with a streaming decoder.
   * A returned promise holds back the stream (backpressure) until it settles.
   */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>) | undefined
}

/** A command that stays open, with its input in the caller's hands: what a session stands on. */
export interface OpenCommand {
  /** Resolves when the bytes were handed to the transport. */
  write(data: string | Uint8Array): Promise<void>
  /** Ends its input. */
  end(): void
  /** Tells the size of the terminal that was asked for, when it has changed. */
  resize?(columns: number, rows: number): void
  /** True where the command has the terminal of this program itself, so that nothing is to be passed on. */
  readonly ownTerminal?: boolean | undefined
  /** Closes the channel at once, without waiting for children that hold it open. */
  close(): void
  readonly done: Promise<ExecResult>
}

/**
 * Runs commands somewhere: on this machine, over SSH, in a container. Wrappers compose (`ssh:web1 › lxc:app › sudo:www`).
 * Two methods are asked for, everything else is derived from them.
 */
export interface Executor {
  /** For people and for errors: `local`, `ssh:deploy@web1:22`, `ssh:web1 › sudo:www`. */
  readonly label: string
  /** Starts `argv` (no shell in between; a transport that only takes a string quotes it). Rejects when it cannot be started. */
  open(argv: readonly string[], options?: Omit<ExecOptions, 'stdin' | 'timeoutMs'>): Promise<OpenCommand>
  /** Ends all that it holds open. Never rejects. */
  close(): Promise<void>
  /** A TCP stream to `host:port` as seen from there. */
  forward?(host: string, port: number): Promise<NodeJS.ReadWriteStream>
}

export interface Collected extends ExecResult {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end and gives what it wrote. Rejects only when it cannot be started. */
export async function collect(
  executor: Executor,
  argv: readonly string[],
  { stdin, ...options }: Pick<ExecOptions, 'cwd' | 'env' | 'signal'> & { readonly stdin?: string } = {},
): Promise<Collected> {
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  const command = await executor.open(argv, { ...options, onOutput: (stream, chunk) => void output[stream].push(Uint8Array.from(chunk)) })
  // A command that ends without reading is reported by its end.
  if (stdin !== undefined) await command.write(stdin).catch(() => undefined)
  command.end()
  const end = await command.done
  return { ...end, stdout: Buffer.concat(output.stdout).toString(), stderr: Buffer.concat(output.stderr).toString() }
}
