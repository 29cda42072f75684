import type { Problem, StepTarget } from '@dragonfab/core'
import type { PlannedTask } from '@dragonfab/plan'

/** A part of a plan that failed. This is the only record of a failure; every other view of it is derived. */
export interface PartFailure {
  readonly target: StepTarget
  /** Masked. Empty where an interrupt cut the part short: that is not a failure of its own. */
  readonly problems: readonly Problem[]
  /** The part was started, and whether it was done cannot be found out. */
  readonly outcomeUnknown: boolean
  /** A fact was taken meanwhile, so another plan may succeed. */
  readonly replan: boolean
  /** The status of an attached command. */
  readonly commandStatus: number | undefined
}

/** What running a list of segments did. */
export interface SegmentResult {
  /** True if all of it ran and nothing failed on the hosts that it was for. */
  readonly ok: boolean
  /** Hosts that were sent anything, whether or not it succeeded. */
  readonly sentTo: ReadonlySet<string>
  readonly failures: readonly PartFailure[]
  /** Hosts whose connection was lost and did not come back. */
  readonly unreachable: ReadonlySet<string>
}

/** How undoing ended for a host; a host whose lock another run holds never executed anything that we sent. */
export type UndoOutcome = 'undone' | 'notUndone' | 'unknown' | 'lockedByOther'

/** How undoing a task ended. */
export interface UndoResult {
  /** Hosts that were sent a live phase. */
  readonly hosts: ReadonlyMap<string, UndoOutcome>
  readonly results: readonly SegmentResult[]
}

/** What running a task did. */
export interface TaskResult {
  readonly task: PlannedTask
  readonly ok: boolean
  /** One for each phase that was started, in order. */
  readonly phases: readonly SegmentResult[]
  /** Only if the task failed. */
  readonly undo?: UndoResult | undefined
}

/** What a run has done so far. */
export interface RunRecord {
  /** All hosts of the plan. */
  readonly hosts: readonly string[]
  /** Why hosts could not be connected to or locked; then no task was started. */
  readonly rejections: readonly Problem[]
  /** By the tasks' places in the plan, in the order in which they ran. */
  readonly tasks: ReadonlyMap<number, TaskResult>
  /** Nothing is left to be run. */
  readonly completed: boolean
  /** The status that an interrupt asks for, once there was one. */
  readonly interruptStatus: number | undefined
}

/** All results of a run: of its tasks, and of undoing them. */
function resultsOf(record: RunRecord): readonly SegmentResult[] {
  return [...record.tasks.values()].flatMap(({ phases, undo }) => [...phases, ...(undo?.results ?? [])])
}

export function failuresOf(record: RunRecord): readonly PartFailure[] {
  return resultsOf(record).flatMap(({ failures }) => failures)
}

/** In the order in which they were reported. */
export function problemsOf(record: RunRecord): readonly Problem[] {
  return [...record.rejections, ...failuresOf(record).flatMap(({ problems }) => problems)]
}

/** Hosts that were sent a live phase of a task. */
export function liveHostsOf(task: PlannedTask, phases: readonly SegmentResult[]): ReadonlySet<string> {
  return new Set(task.phases.flatMap((phase, index) => (phase.live ? [...(phases[index]?.sentTo ?? [])] : [])))
}

/** Hosts where a task has changed what is live and was not undone: a later failure does not undo it either. */
export function changedHostsOf(record: RunRecord): ReadonlySet<string> {
  const kept = [...record.tasks.values()].filter(({ undo }) => !undo)
  return new Set(kept.flatMap(({ task, phases }) => [...liveHostsOf(task, phases)]))
}

/** Whether nothing was changed and another plan may succeed. */
export function needsReplanning(record: RunRecord): boolean {
  const interrupted = record.interruptStatus !== undefined
  return !interrupted && changedHostsOf(record).size === 0 && failuresOf(record).some(({ replan }) => replan)
}
