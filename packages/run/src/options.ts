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
  /** One connection per host of the plan, by the host's name. */
  readonly connections: ReadonlyMap<string, Connection>
  readonly bus: Bus
  readonly interruption: Interruption
  readonly actor: Actor
  /** The config's folder. */
  readonly directory: string
  /** The number of hosts that work at the same time. By default all do. */
  readonly parallel?: number | undefined
  /** Milliseconds to wait for a lock that another run holds. Default: 0. */
  readonly lockWaitMs?: number | undefined
  /** Milliseconds for connecting again to a host if the connection was lost after something live was sent. Default: 60,000. */
  readonly reconnectMs?: number | undefined
  /** The streams for a command with `stdio`, on a single host. */
  readonly stdio?: CallerStdio | undefined
  /** The scope that facts were asked in. By default a new one. */
  readonly scope?: RunScope | undefined
  /** A promise if the display cannot keep up: steps wait for it before they print more. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Asks the user whether to continue. It may be called several times at once. Without it the answer is no. */
  readonly confirm?: ((question: string, typed?: string) => Promise<boolean>) | undefined
  /** The project's other environments, for code steps. Without it there are none. */
  readonly otherEnvironments?: OtherEnvironments | undefined
  /** The caller plans again if `RunEnd.replan` is true, so the failure that caused it is not reported. */
  readonly mayReplan?: boolean | undefined
  /** The live state of each host when the plan was saved. It is compared under the lock, before any step runs. */
  readonly fingerprints?: Readonly<Record<string, string>> | undefined
}

/** The other environments of the project, for code steps. */
export interface OtherEnvironments {
  readonly environments: readonly string[]
  /** The hosts of an environment. Each is connected to when its executor is first used. */
  hosts(environment: string): Promise<readonly OtherHost[]>
}

/** The streams and the terminal of the caller. */
export interface CallerStdio {
  readonly raw?: RawOutput | undefined
  readonly input?: InputSource | undefined
  readonly terminal?: Terminal | undefined
}

export interface RunEnd extends RunResult {
  /** Another run took a fact and nothing was changed: plan again and run the new plan. Only with `mayReplan`. */
  readonly replan: boolean
}
