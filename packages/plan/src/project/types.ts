import type { AnyEnv, AnyPlugin, CoreEnv, Flow, Hook, TaskSpec, Variable } from '@dragonfab/core'
import type { HostAddress } from './host-address.ts'
import type { TaskCall } from './task-call.ts'

/** An entry of a sequence. */
export interface SequenceEntry extends TaskCall {
  readonly when: 'next' | 'always' | 'onFailure'
}

export interface ProjectTask {
  readonly name: string
  /** The plugin that brings it, or `config`. */
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
  /** In order; empty where its hosts have no roles. */
  readonly roles: readonly string[]
  /** The names of its hosts, and their roles. */
  readonly hosts: readonly {
    readonly name: string
    readonly role: string | undefined
    /** The plugin that enters it, where it is a place inside of a machine. */
    readonly guestOf?: string
  }[]
  /** What `deploy` runs; undefined where none is declared. */
  readonly sequence: readonly SequenceEntry[] | undefined
}

/** A configuration that was found right: all that plans are made of, and nothing that depends on a host yet. */
export interface Project {
  /** The config's folder. */
  readonly directory: string
  readonly file: string | undefined
  /** What is needed before what needs it, then in the config's order. */
  readonly plugins: readonly AnyPlugin[]
  /** Every signal that may have hooks, in the order in which plugins declare them. */
  readonly signals: readonly string[]
  readonly flows: Readonly<Record<string, ProjectFlow>>
  /** Plugins' tasks and the config's own, which win. */
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
  /** Variables from the command line, in any spelling; the last layer. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /**
   * The tasks of the run. Where one changes what is live, all roles of a place take part; variables that are required by plugins that act in
   * none of them (`taskPlugins`) are not asked for.
   */
  readonly tasks?: readonly string[] | undefined
  /** Plugins that this run leaves out: their required variables are not asked for. Leave out their hooks with `withoutPlugins`. */
  readonly excludedPlugins?: readonly string[] | undefined
  /** The login user where neither the host nor a variable says one (what ssh_config says); your own name by default. */
  readonly loginUser?: ((host: string) => string | undefined) | undefined
}

/** What planning asked beforehand: of this machine under `here`, of hosts under their names. Variable name → JSON. */
export interface Facts {
  readonly local: Readonly<Record<string, unknown>>
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Where a variable's value came from. */
export interface Origin {
  readonly name: string
  /** Secrets stay `Secret`; undefined where it has none, or is not known yet. */
  readonly value: unknown
  /** `environments.production.roles.web`, `--set`, `plugin git`, `default`, `fact`. */
  readonly origin: string
  /** Why it cannot be known here. */
  readonly unknown?: string | undefined
}

/** The env of a host: core's variables typed, those of plugins not. */
export type HostEnv = CoreEnv & AnyEnv

export interface RunHost {
  readonly name: string
  /**
   * Hosts of several roles on one machine and with one state directory are one place, with one session, one lock and one release. Its name:
   * the host's own, or `job1/worker+cron`.
   */
  readonly target: string
  /** The machine, as far as the config tells it: hosts that write to one file there are compared. */
  readonly machine: string
  /** Not asked for by `--role` or `--host`: it shares its place with one that was, and the run changes what is live there. */
  readonly companion: boolean
  readonly role: string | undefined
  readonly environment: string
  readonly address: HostAddress
  /**
   * The resolved variables. Reading one that is not known without facts is an error. Facts must not be changed afterwards.
   * `overrides` (of a flow's `undoEnv`) are functions of the env without them.
   */
  env(facts?: Facts, overrides?: Readonly<Record<string, (env: AnyEnv) => unknown>>): HostEnv
  /** Every variable, its value, and the layer it came from. */
  origins(facts?: Facts): readonly Origin[]
}
