import type { Executor } from '../executor.ts'
import type { AnyEnv } from '../plain.ts'

/** What a plugin's `connect` has in its hands. */
export interface ConnectContext<E = AnyEnv> {
  readonly env: E
  /** The host as its login user; of a place inside of a machine, that machine. */
  readonly executor: Executor
  /** The config's folder. */
  readonly directory: string
  /** The run only looks (`status`, a dry run): nothing may be made or started for it. */
  readonly readOnly: boolean
  /** All tasks of the run are for the machine that the host is inside of (`TaskSpec.outside`). */
  readonly onMachine: boolean
  /** Tells a line. */
  log(line: string): void
  /** The same executor as another user, through sudo, with the password that this run was given, if any. */
  as(user: string): Executor
  /** An executor by SSH, from the machine that `executor` runs on: through it where that is a remote one. */
  ssh(target: ConnectTarget): Promise<Executor>
}

export interface ConnectTarget {
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  /** The only files of host keys to believe. */
  readonly knownHosts: readonly string[]
}

/** A place inside of a machine. */
export interface GuestAddress {
  readonly name: string
  /** `user@host:port` of the machine; this one by default. */
  readonly on?: string | undefined
  /** Who one is there when no layer says so (`user`). */
  readonly login: string
}
