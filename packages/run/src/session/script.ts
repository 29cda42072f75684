import type { PlannedFunction } from '@dragonfab/plan'
import type { Stream } from './streams.ts'

/** The events of a running script, in order. */
export interface ScriptEvents {
  onBegin?(step: number): void
  onOutput?(stream: Stream, chunk: Buffer): Promise<void> | undefined | void
  onFinish?(step: number, status: number): void
  /** The words of a `mark tell`. */
  onMessage?(words: readonly string[]): void
  /** Processes that the script left running (only for the `last` one). */
  onLeftover?(pids: readonly string[]): void
}

/** The status of a script, or `undefined` if the session ended before its end mark came: the outcome is unknown. */
export type ScriptEnd = { readonly status: number; readonly lost?: undefined } | { readonly status: undefined; readonly lost: string }

export interface ScriptOptions {
  /** The id of the script in `$DF_RUN/ended`. */
  readonly id?: string
  /** Report the processes that it leaves running. */
  readonly last?: boolean
  /** The functions that it calls. Those that the session does not have yet are sent with it. */
  readonly library?: readonly PlannedFunction[]
}
