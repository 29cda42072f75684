/** Asks a person. `hidden`: do not show what is typed. Rejects if there is no answer. */
export type Prompt = (question: string, options: { readonly hidden: boolean }) => Promise<string>

/** What a pool reports while it works. Every text is one line without control characters. */
export type SshEvent =
  | { readonly type: 'connected'; readonly host: string; readonly address: string; readonly ms: number }
  /** Connecting is tried again. Nothing was authenticated yet. */
  | { readonly type: 'retry'; readonly host: string; readonly message: string; readonly inMs: number }
  | { readonly type: 'lost'; readonly host: string; readonly message: string }
  | { readonly type: 'warning'; readonly host: string; readonly message: string }
  /** An unknown host key was accepted and, if possible, written to known_hosts. */
  | { readonly type: 'learned'; readonly host: string; readonly message: string }

export interface SshPoolOptions {
  /** Without it nothing is asked: unknown host keys, encrypted keys and passwords become errors. */
  readonly prompt?: Prompt | undefined
  readonly onEvent?: ((event: SshEvent) => void) | undefined
  /** An ssh_config to read instead of the user's and the system's, as `ssh -F`. */
  readonly configFile?: string | undefined
  /** Milliseconds for reaching, checking and logging in to a host, questions not counted; `ConnectTimeout`, else 20,000. */
  readonly connectTimeoutMs?: number | undefined
  /** Sessions at once on one connection; 8 by default, below sshd's own 10. Further ones wait. */
  readonly maxSessions?: number | undefined
  /**
   * Milliseconds that a session waits for a free place before another connection to the same address is made; 5,000 by default.
   * Without this, sessions that stay open until others have started would wait forever.
   */
  readonly sessionWaitMs?: number | undefined
  /** Handshakes at once with one address; 8 by default, below the 10 of sshd's MaxStartups. */
  readonly maxStartups?: number | undefined
  /** Handshakes at once with all addresses; 100 by default. */
  readonly maxHandshakes?: number | undefined
  /** Milliseconds of silence after which the other side is asked for a sign of life; `ServerAliveInterval`, else 15,000. */
  readonly keepaliveMs?: number | undefined
  /** Intervals without a sign of life after which a connection counts as lost; `ServerAliveCountMax`, else 3. */
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
