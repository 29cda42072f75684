/** Asks a person. `hidden`: do not show what is typed. Rejects if there is no answer. */
export type Prompt = (question: string, options: { readonly hidden: boolean }) => Promise<string>

/** The events of a pool. Every text is one line without control characters. */
export type SshEvent =
  | { readonly type: 'connected'; readonly host: string; readonly address: string; readonly ms: number }
  /** The pool tries to connect again. Nothing was authenticated yet. */
  | { readonly type: 'retry'; readonly host: string; readonly message: string; readonly inMs: number }
  | { readonly type: 'lost'; readonly host: string; readonly message: string }
  | { readonly type: 'warning'; readonly host: string; readonly message: string }
  /** An unknown host key was accepted and, if possible, saved in known_hosts. */
  | { readonly type: 'learned'; readonly host: string; readonly message: string }

export interface SshPoolOptions {
  /** Without it nobody is asked: unknown host keys, encrypted keys and passwords are errors. */
  readonly prompt?: Prompt | undefined
  readonly onEvent?: ((event: SshEvent) => void) | undefined
  /** An ssh_config to read instead of the user's and the system's, as with `ssh -F`. */
  readonly configFile?: string | undefined
  /** Milliseconds to reach, check and log in to a host, without the time of questions. Default: `ConnectTimeout`, else 20,000. */
  readonly connectTimeoutMs?: number | undefined
  /** The number of sessions at once on one connection. Default: 8, below sshd's limit of 10. Further sessions wait. */
  readonly maxSessions?: number | undefined
  /**
   * Milliseconds that a session waits for a free place before another connection to the same address is opened. Default: 5,000. Without this
   * limit, sessions that stay open until others have started would wait for ever.
   */
  readonly sessionWaitMs?: number | undefined
  /** The number of handshakes at once with one address. Default: 8, below the 10 of sshd's MaxStartups. */
  readonly maxStartups?: number | undefined
  /** The number of handshakes at once with all addresses. Default: 100. */
  readonly maxHandshakes?: number | undefined
  /** Milliseconds of silence before the other side is probed. Default: `ServerAliveInterval`, else 15,000. */
  readonly keepaliveMs?: number | undefined
  /** The number of silent intervals after which a connection counts as lost. Default: `ServerAliveCountMax`, else 3. */
  readonly keepaliveCount?: number | undefined
}

/** Makes text from a host safe for one line of a terminal: control characters become `?`, long text is cut. */
export function makePrintable(text: string, limit = 300): string {
  const line = text
    .trim()
    .replace(/[\r\n\t ]+/g, ' ')
    .replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?')
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
