import type { Executor } from './executor.ts'

/** A machine outside of the run's hosts. What is left out, ssh_config says. */
export interface SshDestination {
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly knownHosts?: readonly string[] | undefined
  readonly strictHostKeys?: 'yes' | 'ask' | 'accept-new' | undefined
  readonly identityFiles?: readonly string[] | undefined
}

/** What facts and code steps of one run share, on all hosts and whenever it is planned again. */
export interface RunScope {
  /** What `make` gave for this key in this run, be it a promise; one that rejects is forgotten. Begin keys with the plugin's name. */
  once<T>(key: string, make: () => T): T
  /** Lets the next `once` make it anew. */
  forget(key: string): void
  /** Commands on another machine, through the run's own SSH: its questions, its accepted keys. Closed when the run ends. */
  ssh(target: SshDestination): Promise<Executor>
}
