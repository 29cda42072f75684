import type { Problem, StepTarget } from '@dragonfab/core'
import type { PlannedTask } from '@dragonfab/plan'

/** A part of a plan that failed. This is the only record of a failure. Every other view is derived from it. */
export interface PartFailure {
  readonly target: StepTarget
  /** Masked. Empty if an interruption ended the part, which is not a separate failure. */
  readonly problems: readonly Problem[]
  /** The part was started, but whether it succeeded cannot be found out. */
  readonly outcomeUnknown: boolean
  /** Another run took a fact, so a new plan may succeed. */
  readonly replan: boolean
  /** The status of a command with `stdio`. */
  readonly commandStatus: number | undefined
}

/** The result of running a list of segments. */
export interface SegmentResult {
  /** True if all segments ran on all their hosts and none failed. */
  readonly ok: boolean
  /** Hosts that were sent any part, whether or not it succeeded. */
  readonly sentTo: ReadonlySet<string>
  readonly failures: readonly PartFailure[]
  /** Hosts whose connection was lost and did not come back. */
  readonly unreachable: ReadonlySet<string>
}

/** The result of undoing on a host. A host whose lock another run holds has executed nothing that this run sent. */
export type UndoOutcome = 'undone' | 'notUndone' | 'unknown' | 'lockedByOther'

/** The result of undoing a task. */
export interface UndoResult {
  /** Hosts that were sent a live phase. */
  readonly hosts: ReadonlyMap<string, UndoOutcome>
  readonly results: readonly SegmentResult[]
}

/** The result of running a task. */
export interface TaskResult {
  readonly task: PlannedTask
  readonly ok: boolean
  /** One for each phase that was started, in order. */
  readonly phases: readonly SegmentResult[]
  /** Only if the task failed. */
  readonly undo?: UndoResult | undefined
}

/** The results of a run so far. */
export interface RunRecord {
  /** All hosts of the plan. */
  readonly hosts: readonly string[]
  /** Why hosts could not be connected to or locked. If there is any reason, no task was started. */
  readonly rejections: readonly Problem[]
  /** By the position of the task in the plan, in the order in which tasks ran. */
  readonly tasks: ReadonlyMap<number, TaskResult>
  /** Every task has ended. */
  readonly completed: boolean
  /** The exit status of an interruption, if there was one. */
  readonly interruptStatus: number | undefined
}

/** All results of a run: those of its tasks, and those of undoing them. */
function resultsOf(record: RunRecord): readonly SegmentResult[] {
  return [...record.tasks.values()].flatMap(({ phases, undo }) => [...phases, ...(undo?.results ?? [])])
}

export function failuresOf(record: RunRecord): readonly PartFailure[] {
  return resultsOf(record).flatMap(({ failures }) => failures)
}

/** All problems, in the order in which they were reported. */
export function problemsOf(record: RunRecord): readonly Problem[] {
  return [...record.rejections, ...failuresOf(record).flatMap(({ problems }) => problems)]
}

/** Hosts that were sent a live phase of a task. */
export function liveHostsOf(task: PlannedTask, phases: readonly SegmentResult[]): ReadonlySet<string> {
  return new Set(task.phases.flatMap((phase, index) => (phase.live ? [...(phases[index]?.sentTo ?? [])] : [])))
}

/** Hosts where a task changed what is live and was not undone. A later failure does not undo it either. */
export function changedHostsOf(record: RunRecord): ReadonlySet<string> {
  const kept = [...record.tasks.values()].filter(({ undo }) => !undo)
  return new Set(kept.flatMap(({ task, phases }) => [...liveHostsOf(task, phases)]))
}

/** Whether nothing was changed and a new plan may succeed. */
export function needsReplanning(record: RunRecord): boolean {
  const interrupted = record.interruptStatus !== undefined
  return !interrupted && changedHostsOf(record).size === 0 && failuresOf(record).some(({ replan }) => replan)
}
