/** What a program of the hosts answers. */
export interface Answer {
  /** Only when it is called with these arguments first: `['status', 'web']`. With any by default. */
  readonly args?: readonly string[] | undefined
  /** Its exit status; 0 by default. */
  readonly status?: number | undefined
  readonly stdout?: string | undefined
  readonly stderr?: string | undefined
  /** How often it answers so; what follows in the list answers after that. Always by default. */
  readonly times?: number | undefined
}

/**
 * One answer, a list of which the first that fits is given, or shell text that does whatever it wants to with `"$@"`.
 * Calls that no answer fits end with status 127.
 */
export type Answers = Answer | readonly Answer[] | string

/** A call of a program, as it was made. */
export interface Call {
  readonly command: string
  readonly args: readonly string[]
  /** Where it was called, as the host sees it. */
  readonly cwd: string
}
