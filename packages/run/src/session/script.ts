import type { PlannedFunction } from '@dragonfab/plan'
import type { Stream } from './streams.ts'

/** What a script reports while it runs, in the order in which it happened. */
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
  /** Names it in `$DF_RUN/ended`. */
  readonly id?: string
  /** Reports the processes that it leaves running. */
  readonly last?: boolean
  /** The functions that it calls. Those that the session does not have yet are sent with it. */
  readonly library?: readonly PlannedFunction[]
}
