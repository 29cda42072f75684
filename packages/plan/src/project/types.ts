import type { AnyEnv, AnyPlugin, CoreEnv, Flow, Hook, TaskSpec, Variable } from '@dragonfab/core'
import type { HostAddress } from './host-address.ts'
import type { TaskCall } from './task-call.ts'

/** An entry of a sequence. */
export interface SequenceEntry extends TaskCall {
  readonly when: 'next' | 'always' | 'onFailure'
}

export interface ProjectTask {
  readonly name: string
  /** The plugin that has it, or `config`. */
  readonly plugin: string
  readonly spec: TaskSpec
}

export interface ProjectFlow {
  readonly name: string
  readonly plugin: string
  readonly flow: Flow
}

export interface ProjectEnvironment {
  readonly name: string
  /** In order. Empty if its hosts have no roles. */
  readonly roles: readonly string[]
  /** The names of its hosts, and their roles. */
  readonly hosts: readonly {
    readonly name: string
    readonly role: string | undefined
    /** If it is a guest, the plugin that enters it. */
    readonly guestOf?: string
  }[]
  /** What `deploy` runs. Undefined if none is declared. */
  readonly sequence: readonly SequenceEntry[] | undefined
}

/** A checked configuration: everything that plans are made from and that does not depend on a host. */
export interface Project {
  /** The config's folder. */
  readonly directory: string
  readonly file: string | undefined
  /** A plugin comes after those that it needs, otherwise in the config's order. */
  readonly plugins: readonly AnyPlugin[]
  /** Every signal, in the order in which plugins declare them. */
  readonly signals: readonly string[]
  readonly flows: Readonly<Record<string, ProjectFlow>>
  /** The plugins' tasks and the config's own, which replace them. */
  readonly tasks: Readonly<Record<string, ProjectTask>>
  readonly environments: Readonly<Record<string, ProjectEnvironment>>
  /** The config's own hooks by signal: functions and tasks. */
  readonly hooks: Readonly<Record<string, readonly (Hook | TaskCall)[]>>
  /** All variables that can be set. */
  variables(): readonly Variable[]
}

export interface Selection {
  readonly environment: string
  /** Only the hosts of these roles. */
  readonly roles?: readonly string[] | undefined
  /** Only these hosts, by name. */
  readonly hosts?: readonly string[] | undefined
  /** Variables from the command line, in any spelling. The highest layer. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /**
   * The tasks of the run. If one changes what is live, all roles that share a target take part. Required variables of plugins that act in none
   * of them (`taskPlugins`) may be missing.
   */
  readonly tasks?: readonly string[] | undefined
  /** Plugins that this run leaves out. Their required variables may be missing. `removePlugins` removes their hooks. */
  readonly excludedPlugins?: readonly string[] | undefined
  /** The login user of a host, if neither its address nor a layer sets one: the user in ssh_config. By default your own name. */
  readonly loginUser?: ((host: string) => string | undefined) | undefined
}

/** What planning asked in advance, by variable: of this machine, and of each host. */
export interface Facts {
  readonly local: Readonly<Record<string, unknown>>
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Where a variable's value came from. */
export interface Origin {
  readonly name: string
  /** A secret stays a `Secret`. Undefined if there is no value, or none is known yet. */
  readonly value: unknown
  /** `environments.production.roles.web`, `--set`, `plugin git`, `default`, `fact`. */
  readonly origin: string
  /** Why its value is not known. */
  readonly unknown?: string | undefined
}

/** The env of a host. Core's variables are typed, those of plugins are not. */
export type HostEnv = CoreEnv & AnyEnv

export interface RunHost {
  readonly name: string
  /**
   * The name of the target: the host's own, or `job1/worker+cron`. Roles on one machine with one state directory share a target: one session,
   * one lock, one release.
   */
  readonly target: string
  /** The machine's address in the config. Hosts with the same machine may not write different text to the same file. */
  readonly machine: string
  /** Not selected by `--role` or `--host`, but it shares its target with a selected host, and the run changes what is live there. */
  readonly companion: boolean
  readonly role: string | undefined
  readonly environment: string
  readonly address: HostAddress
  /**
   * The resolved variables. Reading one that needs facts is an error without facts. Do not change the facts afterwards.
   * `overrides` (a flow's `undoEnv`) are functions of the env without overrides.
   */
  env(facts?: Facts, overrides?: Readonly<Record<string, (env: AnyEnv) => unknown>>): HostEnv
  /** Every variable, with its value and the layers that it comes from. */
  origins(facts?: Facts): readonly Origin[]
}
