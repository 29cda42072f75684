/** The answer of a program on the hosts. */
export interface Answer {
  /** Only for calls whose arguments begin with these: `['status', 'web']`. For all calls by default. */
  readonly args?: readonly string[] | undefined
  /** Its exit status; 0 by default. */
  readonly status?: number | undefined
  readonly stdout?: string | undefined
  readonly stderr?: string | undefined
  /** How often this answer is given. After that, the next ones in the list are tried. Without limit by default. */
  readonly times?: number | undefined
}

/**
 * One answer, a list of answers (the first that fits is given), or shell text, which finds the arguments in `"$@"`.
 * A call that no answer fits ends with status 127.
 */
export type Answers = Answer | readonly Answer[] | string

/** A call of a program. */
export interface Call {
  readonly command: string
  readonly args: readonly string[]
  /** The working directory of the call, as the host sees it. */
  readonly cwd: string
}
