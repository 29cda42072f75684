/** The end of a command. */
export interface ExecResult {
  /**
   * The exit status that was received. `undefined`: none was, because the connection was lost, so the outcome is *unknown*.
   * Only a received 0 is success.
   */
  readonly status: number | undefined
  /** The signal that ended it, without `SIG` (`KILL`), if the other side reported one. */
  readonly signal?: string | undefined
  /** Why there is no status (`connection lost`), for people. */
  readonly lost?: string | undefined
}

export interface ExecOptions {
  /** The command's input. Without it, the input is empty. */
  readonly stdin?: string | Uint8Array | NodeJS.ReadableStream | AsyncIterable<Uint8Array> | undefined
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /**
   * Requests a terminal of this size; all output arrives on `stdout`. A command on this machine gets this program's own terminal instead
   * (`ownTerminal` of the opened command): it writes there itself and reads from `/dev/tty`, and its stdin stays a pipe.
   */
  readonly tty?: { readonly columns: number; readonly rows: number } | undefined
  /** Milliseconds after which the command is ended and its result is unknown. No limit by default. */
  readonly timeoutMs?: number | undefined
  /** Ends the command when aborted. */
  readonly signal?: AbortSignal | undefined
  /**
   * Called for every chunk, in order. The bytes are raw: decode with a streaming decoder.
   * A returned promise pauses the stream (backpressure) until it settles.
   */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>) | undefined
}

/** A command whose input stays open for the caller to write. A session is one. */
export interface OpenCommand {
  /** Resolves when the transport has accepted the bytes. */
  write(data: string | Uint8Array): Promise<void>
  /** Ends its input. */
  end(): void
  /** Changes the size of the terminal that was requested. */
  resize?(columns: number, rows: number): void
  /** True if the command uses this program's own terminal, so that there is no output to pass on. */
  readonly ownTerminal?: boolean | undefined
  /** Closes the channel at once, without waiting for children that hold it open. */
  close(): void
  readonly done: Promise<ExecResult>
}

/**
 * Runs commands somewhere: on this machine, over SSH, in a container. Wrappers compose (`ssh:web1 › lxc:app › sudo:www`).
 * Two methods are required; everything else is built on them.
 */
export interface Executor {
  /** For people and for errors: `local`, `ssh:deploy@web1:22`, `ssh:web1 › sudo:www`. */
  readonly label: string
  /** Starts `argv` (no shell in between; a transport that only takes a string quotes it). Rejects when it cannot be started. */
  open(argv: readonly string[], options?: Omit<ExecOptions, 'stdin' | 'timeoutMs'>): Promise<OpenCommand>
  /** Closes everything it has open. Never rejects. */
  close(): Promise<void>
  /** A TCP stream to `host:port` as seen from the machine that it is on. */
  forward?(host: string, port: number): Promise<NodeJS.ReadWriteStream>
}

export interface Collected extends ExecResult {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end and returns what it wrote. Rejects only if it cannot be started. */
export async function collect(
  executor: Executor,
  argv: readonly string[],
  { stdin, ...options }: Pick<ExecOptions, 'cwd' | 'env' | 'signal'> & { readonly stdin?: string } = {},
): Promise<Collected> {
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  const command = await executor.open(argv, { ...options, onOutput: (stream, chunk) => void output[stream].push(Uint8Array.from(chunk)) })
  // If the command ends without reading its input, its result says why.
  if (stdin !== undefined) await command.write(stdin).catch(() => undefined)
  command.end()
  const end = await command.done
  return { ...end, stdout: Buffer.concat(output.stdout).toString(), stderr: Buffer.concat(output.stderr).toString() }
}
