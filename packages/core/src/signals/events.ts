import type { Problem } from '../errors.ts'
import type { When } from '../flow.ts'
import type { StepTarget } from '../target.ts'

/** Where a step's event comes from. */
export interface StepRef {
  readonly target: StepTarget
  readonly task: string
  readonly phase: string
  readonly signal: string
  readonly plugin: string
  readonly title: string
  /** True on the way back. */
  readonly undoing: boolean
  /** Its output is shown without being asked for. */
  readonly showOutput?: true
}

/**
 * What a run tells, in the order in which it happens. These are the lines of `--json` (with `type` and `time` added), what the
 * terminal shows, and what plugins observe. Texts are masked before they get here. Times are milliseconds of this machine.
 */
export interface RunEvents {
  'run:start': {
    /** Of all events of the run: raised when a listener that knows this number could not read one. */
    readonly format: 1
    readonly run: string
    readonly environment: string
    readonly command: readonly string[]
    readonly hosts: readonly string[]
    readonly release?: string | undefined
  }
  'host:connected': { readonly host: string; readonly label: string; readonly ms: number }
  /** Waiting for a lock that another holds. */
  'lock:waiting': { readonly host: string; readonly holder: string; readonly untilMs: number }
  'task:start': { readonly task: string; readonly args?: readonly string[] }
  'task:end': { readonly task: string; readonly args?: readonly string[]; readonly ok: boolean; readonly ms: number }
  'phase:start': { readonly task: string; readonly phase: string; readonly undoing: boolean; readonly hosts: readonly string[] }
  'phase:end': { readonly task: string; readonly phase: string; readonly undoing: boolean; readonly ok: boolean; readonly ms: number }
  'step:start': StepRef
  /** Decoded text as it comes, not cut at lines. `transient`: progress, which the next text overwrites; not part of the step's answer. */
  'step:output': StepRef & { readonly stream: 'stdout' | 'stderr'; readonly text: string; readonly transient?: true }
  'step:end': StepRef & { readonly status: number | undefined; readonly ok: boolean; readonly warned: boolean; readonly ms: number }
  /** A line for people that is neither a step's output nor an error. */
  note: { readonly target?: StepTarget | undefined; readonly message: string; readonly level: 'info' | 'warning' }
  'host:failed': { readonly host: string; readonly problem: Problem }
  /** An observer threw or rejected; the run goes on. */
  'observer:failed': { readonly event: string; readonly plugin: string; readonly message: string }
  /** What a named signal of a flow did: told once per signal, when all hosts have finished it (`deploy.published`). */
  signal: { readonly signal: string; readonly task: string; readonly undoing: boolean; readonly hosts: readonly string[] }
  'run:end': RunResult
}

export interface HostOutcome {
  readonly host: string
  /** `untouched`: nothing live was changed · `done` · `undone` · `notUndone` · `unknown`. */
  readonly state: 'untouched' | 'done' | 'undone' | 'notUndone' | 'unknown'
  /** What runs there now, where that could be told (the live release). */
  readonly live?: string | undefined
}

/** What became of a task of a run. */
export interface TaskOutcome {
  readonly task: string
  readonly args: readonly string[]
  /** `next`: in order · `always`: also after a failure · `onFailure`: only then. */
  readonly when: When
  /** `notStarted`: nothing of it has happened. What is only for a failure is left out where there was none. */
  readonly state: 'done' | 'failed' | 'notStarted'
}

/** What a step on `deploy.failed` finds: how the run would end now, when the way back has been gone. */
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
