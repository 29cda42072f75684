import type { EventName, RunEvents } from '@dragonfab/core'

/** Shows a run to somebody. It receives the events and cannot change anything. */
export interface Reporter {
  event<T extends EventName>(type: T, event: RunEvents[T]): void
  /** A promise while what it wrote is not read fast enough. */
  pressure(): Promise<void> | undefined
  /** Leaves the terminal to somebody else (a question) until `resume` is called. */
  pause(): () => void
  /** All is written, and the terminal is as it was. */
  end(): Promise<void>
}

export interface ReporterOptions {
  readonly quiet: boolean
  readonly verbose: boolean
  /** Tasks whose output is what they are run for (`once`, `status`): it is shown without being asked for. */
  readonly answeringTasks: ReadonlySet<string>
  /** Tasks that only look: their steps are of no interest, only what they print. */
  readonly readOnlyTasks: ReadonlySet<string>
  /** Milliseconds of this machine. */
  readonly now: () => number
}
