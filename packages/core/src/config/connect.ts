import type { Executor } from '../executor.ts'
import type { AnyEnv } from '../plain.ts'

/** What a plugin's `connect` receives. */
export interface ConnectContext<E = AnyEnv> {
  readonly env: E
  /** The host, as its login user. For a guest, the machine that contains it. */
  readonly executor: Executor
  /** The config's folder. */
  readonly directory: string
  /** The run changes nothing (`status`, a dry run), so the plugin may not create or start anything. */
  readonly readOnly: boolean
  /** All tasks of the run are for the machine that contains the guest (`TaskSpec.onMachine`). */
  readonly onMachine: boolean
  /** Shows a line. */
  log(line: string): void
  /** The same executor as another user, through sudo, with the password that this run was given, if it was. */
  as(user: string): Executor
  /** An SSH connection from the machine that `executor` is on: through that machine, if it is remote. */
  ssh(target: ConnectTarget): Promise<Executor>
}

export interface ConnectTarget {
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  /** The only files of host keys to trust. */
  readonly knownHosts: readonly string[]
}

/** A container or another machine within a machine. */
export interface GuestAddress {
  readonly name: string
  /** `user@host:port` of the machine. By default this machine. */
  readonly on?: string | undefined
  /** The login user, if no layer sets `user`. */
  readonly login: string
}
