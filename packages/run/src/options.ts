import type { Bus, OtherHost, RunResult, RunScope } from '@dragonfab/core'
import type { Plan, PlanCode } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import type { InputSource } from './input-pipe.ts'
import type { Interruption } from './interruption.ts'
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
  /** Milliseconds to wait for a lock that another run holds; 0 by default. */
  readonly lockWaitMs?: number | undefined
  /** Milliseconds for connecting again to a host that was lost after something live was sent; 60,000 by default. */
  readonly reconnectMs?: number | undefined
  /** The streams that an attached command is given, on a single host. */
  readonly stdio?: CallerStdio | undefined
  /** Shared with the facts that were asked; a new one by default. */
  readonly scope?: RunScope | undefined
  /** A promise if the display cannot keep up: steps wait for it before they print more. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Asks the user whether to go on; several questions may be asked at once. Without it the answer is no. */
  readonly confirm?: ((question: string, typed?: string) => Promise<boolean>) | undefined
  /** The project's other environments, for code steps; without it there are none. */
  readonly otherEnvironments?: OtherEnvironments | undefined
  /** The caller plans again when `RunEnd.replan` says so: the failure that led to it is not reported. */
  readonly mayReplan?: boolean | undefined
  /** What each host ran when the plan was saved; compared under the lock, before anything runs. */
  readonly fingerprints?: Readonly<Record<string, string>> | undefined
}

/** The other environments of the project, for code steps. */
export interface OtherEnvironments {
  readonly environments: readonly string[]
  /** The hosts of an environment. Each is connected to when its executor is first asked for. */
  hosts(environment: string): Promise<readonly OtherHost[]>
}

/** The streams and the terminal of the caller. */
export interface CallerStdio {
  readonly raw?: RawOutput | undefined
  readonly input?: InputSource | undefined
  readonly terminal?: Terminal | undefined
}

export interface RunEnd extends RunResult {
  /** A fact was taken meanwhile, nothing was changed: plan again and run that. Only with `mayReplan`. */
  readonly replan: boolean
}
