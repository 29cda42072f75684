import type { CodeStep, Secret, Stdio, StepFailure, StepTarget, When } from '@dragonfab/core'
import type { Facts } from '../project/types.ts'

/** One step as a plan knows it. `index` is the number on its marks, unique within the script. */
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
  /** A command of whoever runs this: see `TaskSpec.attached`. */
  readonly stdio?: Stdio | undefined
}

/** One POSIX script: neighbouring shell steps of one host and one user. */
export interface ScriptPart {
  readonly kind: 'script'
  /** The user that it runs as; undefined is the host's own. */
  readonly as?: string | undefined
  readonly steps: readonly PlannedStep[]
  /** The library's functions that it calls, directly or not; each comes after those that it calls itself. */
  readonly uses?: readonly string[]
  /** Exactly what the session evaluates; secrets are holes in it (`"$DF_S1"`). */
  readonly text: string
  /** Its only step is attached to a terminal, where there is one: then it has a channel of its own. */
  readonly terminal?: true
}

/** A code step, as data. Its function is found again in the configuration. */
export interface CodePart {
  readonly kind: 'code'
  /** Its place in the plan; what finds its function. */
  readonly key: string
  readonly as?: string | undefined
  readonly steps: readonly [PlannedStep]
  readonly name: string
  readonly args: unknown
  /** Of its function's text and arguments. */
  readonly hash: string
}

export type PlannedPart = ScriptPart | CodePart

/** What runs between two moments at which all hosts wait for each other. */
export type Segment =
  | { readonly kind: 'hosts'; readonly parts: Readonly<Record<string, readonly PlannedPart[]>> }
  /** On this machine, once. */
  | { readonly kind: 'local'; readonly part: PlannedPart /** The hosts that asked for it. */; readonly hosts: readonly string[] }

export interface PlannedPhase {
  /** `release: publishing`, for people. */
  readonly name: string
  readonly signals: readonly string[]
  readonly live: boolean
  readonly segments: readonly Segment[]
  /** The way back from this phase, on the hosts that were sent it. */
  readonly undo: readonly Segment[]
}

/** One task of the run, in order. */
export interface PlannedTask {
  readonly name: string
  /** Its arguments, where it has any. */
  readonly args?: readonly string[]
  /** Only after the task at this place of the plan has begun: it ends what that one began. */
  readonly endsTask?: number
  readonly when: When
  /** Needs no lock: it only looks, or is a command that may last. */
  readonly readOnly: boolean
  readonly phases: readonly PlannedPhase[]
  /** After a failure and its way back, on every host that can be reached. */
  readonly failed: readonly Segment[]
}

/** A shell function that a session is sent before the first script that uses it. */
export interface PlannedFunction {
  readonly name: string
  /** Exactly what the session evaluates. */
  readonly text: string
  /** Of the text. */
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
  /** Where the session works; `~/` at its head is the login's home directory. */
  readonly stateDir: string
  /** Read-only shell text that prints what the host runs now, its first line for people. */
  readonly fingerprint: string
  /** The user of the session when it is not the login user. */
  readonly sudoUser: string | undefined
  readonly path: string
}

/** A pure function of env and facts; JSON through and through. */
export interface Plan {
  readonly format: 2
  /** The run's id: names `<stateDir>/run/<id>`. */
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
  /** Holes and what fills them, by the secret's label; never a value. */
  readonly secrets: readonly { readonly hole: string; readonly label: string; readonly target: StepTarget }[]
  /** Only in a saved plan: hashes of what code steps read on this machine, by their keys. */
  readonly inputs?: Readonly<Record<string, string>> | undefined
  /** Only in a saved plan: what each host looked like (see `standing` of plugins); `apply` compares. */
  readonly fingerprints?: Readonly<Record<string, string>> | undefined
}

/** The functions and secrets that a plan's data stands for; kept beside it, never in it. */
export interface PlanCode {
  /** By a code part's key. */
  readonly steps: ReadonlyMap<string, CodeStep>
  /** What fills the holes of this machine's scripts and of each host's. */
  readonly secrets: { readonly local: ReadonlyMap<string, Secret>; readonly hosts: ReadonlyMap<string, ReadonlyMap<string, Secret>> }
}
