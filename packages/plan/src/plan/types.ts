import type { Attached, CodeStep, Failure, Secret, When } from '@dragonfab/core'

/** One step as a plan knows it. `index` is the number on its marks, unique within the script. */
export interface PlannedStep {
  readonly index: number
  /** `deploy.updating`, or the task's name. */
  readonly signal: string
  /** The plugin (`git`), or `config`. */
  readonly plugin: string
  readonly title: string
  readonly warns: boolean
  readonly survives: boolean
  readonly shows?: true
  readonly failures: Readonly<Record<number, Failure>>
  /** A command of whoever runs this: see `TaskSpec.attached`. */
  readonly attached?: Attached | undefined
}

/** One POSIX script: neighbouring shell steps of one host and one user. */
export interface ScriptPart {
  readonly kind: 'script'
  /** The user that it runs as; undefined is the host's own. */
  readonly as?: string | undefined
  readonly steps: readonly PlannedStep[]
  /** Exactly what the session evaluates; secrets are holes in it (`"$S1"`). */
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

export type Part = ScriptPart | CodePart

/** What runs between two moments at which all hosts wait for each other. */
export type Stretch =
  | { readonly kind: 'hosts'; readonly parts: Readonly<Record<string, readonly Part[]>> }
  /** On this machine, once. */
  | { readonly kind: 'here'; readonly part: Part /** The hosts that asked for it. */; readonly hosts: readonly string[] }

export interface PlannedPhase {
  /** `release: publishing`, for people. */
  readonly name: string
  readonly signals: readonly string[]
  readonly live: boolean
  readonly stretches: readonly Stretch[]
  /** The way back from this phase, on the hosts that were sent it. */
  readonly undo: readonly Stretch[]
}

/** One task of the run, in order. */
export interface PlannedTask {
  readonly name: string
  /** Its arguments, where it has any. */
  readonly args?: readonly string[]
  /** Only after the task at this place of the plan has begun: it ends what that one began. */
  readonly ends?: number
  readonly when: When
  /** Needs no lock: it only looks, or is a command that may last. */
  readonly reads: boolean
  readonly phases: readonly PlannedPhase[]
  /** After a failure and its way back, on every host that can be reached. */
  readonly failed: readonly Stretch[]
}

export interface PlannedHost {
  readonly name: string
  readonly role: string | undefined
  /** Where the session works; `~/` at its head is the login's home directory. */
  readonly stateDir: string
  /** Read-only shell text that prints what the host runs now, its first line for people. */
  readonly standing: string
  /** The user of the session when it is not the login user. */
  readonly sudoUser: string | undefined
  readonly path: string
}

/** A pure function of env and facts; JSON through and through. */
export interface Plan {
  readonly format: 1
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
  readonly tasks: readonly PlannedTask[]
  /** Holes and what fills them, by the secret's label; never a value. */
  readonly secrets: readonly { readonly hole: string; readonly label: string; readonly host: string }[]
  /** Only in a saved plan: hashes of what code steps read on this machine, by their keys. */
  readonly inputs?: Readonly<Record<string, string>> | undefined
  /** Only in a saved plan: what each host looked like (see `standing` of plugins); `apply` compares. */
  readonly standing?: Readonly<Record<string, string>> | undefined
}

/** What planning asked beforehand: of this machine under `here`, of hosts under their names. Variable name → JSON. */
export interface Facts {
  readonly here: Readonly<Record<string, unknown>>
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The functions and secrets that a plan's data stands for; kept beside it, never in it. */
export interface PlanCode {
  /** By a code part's key. */
  readonly steps: ReadonlyMap<string, CodeStep>
  /** What fills each host's holes. */
  readonly secrets: Readonly<Record<string, ReadonlyMap<string, Secret>>>
}
