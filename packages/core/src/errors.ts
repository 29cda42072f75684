/** One thing that is wrong with a run, a plan or a configuration. docs/errors.md explains each code. */
export interface Problem {
  /** Stable and greppable, for example `HOST_KEY_UNKNOWN`. */
  readonly code: string
  /** One sentence: what is wrong, with the place (`environments.production.hosts[0]`). */
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string | undefined
  readonly host?: string | undefined
  readonly step?: string | undefined
  /** The last output of the command that failed, or the message of the underlying error. */
  readonly cause?: string | undefined
}

/** Exit statuses of the command line (the table is a contract; docs/errors.md). */
export const exitStatus = { done: 0, failed: 1, usage: 2, undone: 3, notUndone: 4, unknown: 5, locked: 75 } as const

const errorBrand = Symbol.for('dragonfab.error')

/**
 * The one error class. It carries every problem that was found, not the first one.
 * Recognise it with {@link isDragonfabError}: two copies of core may be loaded, so `instanceof` can be wrong.
 */
export class DragonfabError extends Error {
  /** Only for types. */
  declare readonly '~dragonfab': 'error'
  readonly problems: readonly Problem[]
  /** The exit status: 2 for usage and configuration, 1 for a host or repository, 5 if a step cannot know what it did. */
  readonly status: number

  constructor(problems: Problem | readonly Problem[], status: number = exitStatus.failed) {
    const all: readonly Problem[] = Array.isArray(problems) ? problems : [problems as Problem]
    // All that is known: a program that does not print the problems one by one shows this alone.
    super(
      all
        .map(({ code, message, cause, remedy }) => [`${message} [${code}]`, cause, remedy && `→ ${remedy}`].filter(Boolean).join('\n'))
        .join('\n'),
    )
    this.name = 'DragonfabError'
    Object.defineProperty(this, errorBrand, { value: true })
    this.problems = all
    this.status = status
  }

  /** The first problem's code. */
  get code(): string {
    return this.problems[0]?.code ?? 'UNKNOWN'
  }
}

export function isDragonfabError(value: unknown): value is DragonfabError {
  return typeof value === 'object' && value !== null && errorBrand in value
}

/** A mistake in the configuration or on the command line: exit status 2. */
export function usageError(problems: Problem | readonly Problem[]): DragonfabError {
  return new DragonfabError(problems, exitStatus.usage)
}

/** Any thrown value as a problem, so that no failure is reported without a code. */
export function toProblem(thrown: unknown, fallback: Omit<Problem, 'message'>): Problem {
  if (isDragonfabError(thrown) && thrown.problems[0]) return { ...fallback, ...thrown.problems[0] }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { ...fallback, message }
}
