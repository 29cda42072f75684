import type { Bus, RunResult, RunScope } from '@dragonfab/core'
import type { Plan, PlanCode } from '@dragonfab/plan'
import type { Connection, InputSource } from './connection.ts'
import type { Interruption } from './interruption.ts'
import type { OtherEnvironments } from './other-environments.ts'
import type { RawOutput } from './part-result.ts'
import type { Actor } from './prelude.ts'
import type { Terminal } from './terminal-part.ts'

export interface RunOptions {
  readonly plan: Plan
  readonly code: PlanCode
  /** One per host of the plan, by its name. */
  readonly connections: ReadonlyMap<string, Connection>
  readonly bus: Bus
  readonly interruption: Interruption
  readonly actor: Actor
  /** The config's folder. */
  readonly directory: string
  /** How many hosts work at the same time; all by default. */
  readonly parallel?: number | undefined
  /** Milliseconds to wait for a lock that another holds; 0 by default. */
  readonly lockWaitMs?: number | undefined
  /** Milliseconds for connecting again to a host that was lost after something live was sent; 60,000 by default. */
  readonly reconnectMs?: number | undefined
  /** What an attached command gets of this program, on a single host. */
  readonly stdio?: CallerStdio | undefined
  /** Shared with the facts that were asked; a new one by default. */
  readonly scope?: RunScope | undefined
  /** Given when who shows the output cannot keep up: what produces it waits. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Asks whoever runs this whether to go on; without it nobody can be asked, and the answer is no. Several may be asked for at once. */
  readonly confirm?: ((question: string, typed?: string) => Promise<boolean>) | undefined
  /** The project's other environments, for code steps; without it there are none. */
  readonly otherEnvironments?: OtherEnvironments | undefined
  /** The caller plans again when `RunEnd.replan` says so: what is done again is not told as a failure. */
  readonly mayReplan?: boolean | undefined
  /** What each host ran when the plan was saved; compared under the lock, before anything runs. */
  readonly fingerprints?: Readonly<Record<string, string>> | undefined
}

/** The streams and the terminal of who runs this. */
export interface CallerStdio {
  readonly raw?: RawOutput | undefined
  readonly input?: InputSource | undefined
  readonly terminal?: Terminal | undefined
}

export interface RunEnd extends RunResult {
  /** A fact was taken meanwhile, nothing was changed: plan again and run that. Never without `replans`. */
  readonly replan: boolean
}
