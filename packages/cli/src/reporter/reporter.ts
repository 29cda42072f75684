import type { EventName, RunEvents } from '@dragonfab/core'

/** Displays a run. It receives the events and cannot change anything. */
export interface Reporter {
  event<T extends EventName>(type: T, event: RunEvents[T]): void
  /** A promise while its output is not read fast enough. */
  pressure(): Promise<void> | undefined
  /** Stops drawing (for a question at the terminal) until the returned function is called. */
  pause(): () => void
  /** Writes everything that is left and restores the terminal. */
  end(): Promise<void>
}

export interface ReporterOptions {
  readonly quiet: boolean
  readonly verbose: boolean
  /** Tasks that are run for their output (`once`, `status`). It is shown without `--verbose`. */
  readonly answeringTasks: ReadonlySet<string>
  /** Tasks that only read. Their output is shown, but their steps are not. */
  readonly readOnlyTasks: ReadonlySet<string>
  /** The clock of this machine, in milliseconds. */
  readonly now: () => number
}
