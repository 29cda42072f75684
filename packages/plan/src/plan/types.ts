import type { CodeStep, Secret, Stdio, StepFailure, StepTarget, When } from '@dragonfab/core'
import type { Facts } from '../project/types.ts'

/** A step in a plan. `index` is the number on its marks, unique within the script. */
export interface PlannedStep {
  readonly index: number
  /** `deploy.updating`, or the task's name. */
  readonly signal: string
  /** The plugin (`git`), or `config`. */
  readonly plugin: string
  readonly title: string
  readonly allowFailure: boolean
  readonly detached: boolean
  readonly showOutput?: true
  readonly failures: Readonly<Record<number, StepFailure>>
  /** Connected to this program: see `TaskSpec.stdio`. */
  readonly stdio?: Stdio | undefined
}

/** One POSIX script: neighbouring shell steps of one host and one user. */
export interface ScriptPart {
  readonly kind: 'script'
  /** The user that it runs as. Undefined means the host's user. */
  readonly as?: string | undefined
  readonly steps: readonly PlannedStep[]
  /** The functions of the library that it calls, directly or indirectly, each after those that it calls itself. */
  readonly uses?: readonly string[]
  /** Exactly what the session evaluates. Secrets are variables (`"$DF_S1"`). */
  readonly text: string
  /** Its only step is connected to the terminal, if there is one, in its own channel. */
  readonly terminal?: true
}

/** A code step, as data. Its function is in the configuration. */
export interface CodePart {
  readonly kind: 'code'
  /** Finds its function. */
  readonly key: string
  readonly as?: string | undefined
  readonly steps: readonly [PlannedStep]
  readonly name: string
  readonly args: unknown
  /** A hash of its function's text and its arguments. */
  readonly hash: string
}

export type PlannedPart = ScriptPart | CodePart

/** What runs between two points where hosts wait for each other. */
export type Segment =
  | { readonly kind: 'hosts'; readonly parts: Readonly<Record<string, readonly PlannedPart[]>> }
  /** On this machine, once. */
  | { readonly kind: 'local'; readonly part: PlannedPart /** The hosts whose hooks returned it. */; readonly hosts: readonly string[] }

export interface PlannedPhase {
  /** `release: publishing`, for people. */
  readonly name: string
  readonly signals: readonly string[]
  readonly live: boolean
  readonly segments: readonly Segment[]
  /** What undoes this phase, on the hosts that were sent it. */
  readonly undo: readonly Segment[]
}

/** One task of the run, in order. */
export interface PlannedTask {
  readonly name: string
  /** Its arguments, if it has any. */
  readonly args?: readonly string[]
  /** It ends what the task at this position began, so it runs only if that one has started. */
  readonly endsTask?: number
  readonly when: When
  /** It needs no lock, because it changes nothing or is a command that may run for long. */
  readonly readOnly: boolean
  readonly phases: readonly PlannedPhase[]
  /** Runs after a failed run is undone, on every host that can be reached. */
  readonly failed: readonly Segment[]
}

/** A shell function that a session is sent before the first script that uses it. */
export interface PlannedFunction {
  readonly name: string
  /** Exactly what the session evaluates. */
  readonly text: string
  /** A hash of the text. */
  readonly hash: string
}

/** The shell functions of targets that have the same ones. */
export interface Library {
  readonly targets: readonly StepTarget[]
  readonly functions: readonly PlannedFunction[]
}

export interface PlannedHost {
  readonly name: string
  readonly role: string | undefined
  /** The session's directory. A leading `~/` is the home directory of the login user. */
  readonly stateDir: string
  /** Read-only shell text that prints what the host runs now. The first line is for people. */
  readonly fingerprint: string
  /** The user of the session, if it is not the login user. */
  readonly sudoUser: string | undefined
  readonly path: string
}

/** A plan is a pure function of env and facts, and contains only JSON. */
export interface Plan {
  readonly format: 2
  /** The run's id, which is part of `<stateDir>/run/<id>`. */
  readonly run: string
  readonly appName: string
  readonly environment: string
  /** As typed: `["release"]`. */
  readonly command: readonly string[]
  /** Why (`--reason`). */
  readonly reason?: string | undefined
  readonly hosts: readonly PlannedHost[]
  readonly facts: Facts
  readonly libraries: readonly Library[]
  readonly tasks: readonly PlannedTask[]
  /** The variables of secrets and the labels of the secrets. Never a value. */
  readonly secrets: readonly { readonly hole: string; readonly label: string; readonly target: StepTarget }[]
  /** Only in a saved plan: hashes of what code steps read on this machine, by their keys. */
  readonly inputs?: Readonly<Record<string, string>> | undefined
  /** Only in a saved plan: what each host ran (see `fingerprint` of plugins). `apply` compares. */
  readonly fingerprints?: Readonly<Record<string, string>> | undefined
}

/** The functions and secrets that a plan's data refers to. Never part of the plan. */
export interface PlanCode {
  /** By a code part's key. */
  readonly steps: ReadonlyMap<string, CodeStep>
  /** The secrets of this machine's scripts, and of each host's, by their variables. */
  readonly secrets: { readonly local: ReadonlyMap<string, Secret>; readonly hosts: ReadonlyMap<string, ReadonlyMap<string, Secret>> }
}
