import type { Problem } from '../errors.ts'
import type { When } from '../flow.ts'
import type { StepTarget } from '../target.ts'

/** The step that an event is about. */
export interface StepRef {
  readonly target: StepTarget
  readonly task: string
  readonly phase: string
  readonly signal: string
  readonly plugin: string
  readonly title: string
  /** True while a failed run is undone. */
  readonly undoing: boolean
  /** Its output is shown without `--verbose`. */
  readonly showOutput?: true
}

/**
 * The events of a run, in the order in which they happen. They are the lines of `--json` (with `type` and `time` added), what the terminal
 * shows, and what plugins observe. Secrets are masked in all texts. Times are in milliseconds, by this machine's clock.
 */
export interface RunEvents {
  'run:start': {
    /** The format of all events of the run. It is raised if listeners could no longer read them. */
    readonly format: 1
    readonly run: string
    readonly environment: string
    readonly command: readonly string[]
    readonly hosts: readonly string[]
    readonly release?: string | undefined
  }
  'host:connected': { readonly host: string; readonly label: string; readonly ms: number }
  /** The run waits for a lock that another run holds. */
  'lock:waiting': { readonly host: string; readonly holder: string; readonly untilMs: number }
  'task:start': { readonly task: string; readonly args?: readonly string[] }
  'task:end': { readonly task: string; readonly args?: readonly string[]; readonly ok: boolean; readonly ms: number }
  'phase:start': { readonly task: string; readonly phase: string; readonly undoing: boolean; readonly hosts: readonly string[] }
  'phase:end': { readonly task: string; readonly phase: string; readonly undoing: boolean; readonly ok: boolean; readonly ms: number }
  'step:start': StepRef
  /** Decoded text as it arrives, not split into lines. `transient`: progress, which the next text replaces; not part of the step's output. */
  'step:output': StepRef & { readonly stream: 'stdout' | 'stderr'; readonly text: string; readonly transient?: true }
  'step:end': StepRef & { readonly status: number | undefined; readonly ok: boolean; readonly warned: boolean; readonly ms: number }
  /** A line for people that is not a step's output and not an error. */
  note: { readonly target?: StepTarget | undefined; readonly message: string; readonly level: 'info' | 'warning' }
  'host:failed': { readonly host: string; readonly problem: Problem }
  /** An observer threw or rejected. The run continues. */
  'observer:failed': { readonly event: string; readonly plugin: string; readonly message: string }
  /** A signal of a flow (`deploy.published`): once, when all hosts have finished it. */
  signal: { readonly signal: string; readonly task: string; readonly undoing: boolean; readonly hosts: readonly string[] }
  'run:end': RunResult
}

export interface HostOutcome {
  readonly host: string
  /** `untouched`: nothing live was changed · `done` · `undone` · `notUndone` · `unknown`. */
  readonly state: 'untouched' | 'done' | 'undone' | 'notUndone' | 'unknown'
  /** The live release, if it is known. */
  readonly live?: string | undefined
}

/** The outcome of one task of a run. */
export interface TaskOutcome {
  readonly task: string
  readonly args: readonly string[]
  /** `next`: in order · `always`: even after a failure · `onFailure`: only after a failure. */
  readonly when: When
  /** `notStarted`: nothing of it has run. An `onFailure` task is left out if nothing failed. */
  readonly state: 'done' | 'failed' | 'notStarted'
}

/** What a step on `deploy.failed` receives: the result of the run after it was undone. */
export type RunFailure = Pick<RunResult, 'status' | 'hosts' | 'problems'>

export interface RunResult {
  /** The exit status (docs/errors.md). */
  readonly status: number
  readonly ms: number
  readonly hosts: readonly HostOutcome[]
  /** In the order of the run. */
  readonly tasks: readonly TaskOutcome[]
  readonly problems: readonly Problem[]
}
