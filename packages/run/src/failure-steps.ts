import type { RunFailure } from '@dragonfab/core'
import type { PlannedTask } from '@dragonfab/plan'
import { problemsOf, type RunRecord, type SegmentResult } from './results.ts'
import type { UndoContext } from './undo.ts'
import { exitStatusOf, outcomesOf } from './verdict.ts'

/**
 * Runs the steps for a failed task on every host that can be reached, after the task is undone. `$DF_RESULT` contains the result of undoing.
 * Failures of these steps are not part of the result, so they cannot change the failure that they report.
 */
export async function runFailureSteps(
  task: PlannedTask,
  taskNumber: number,
  record: RunRecord,
  context: UndoContext,
): Promise<SegmentResult> {
  const { options, locks } = context
  const undone = record.tasks.get(taskNumber)?.undo?.hosts ?? new Map()
  const reachable = options.plan.hosts.map(({ name }) => name).filter((host) => !context.unreachable.has(host) && locks.hasLock(host))
  await Promise.all(
    reachable.map(async (host) => {
      const result = undone.size === 0 ? 'failed' : undone.get(host) === 'notUndone' ? 'notUndone' : 'undone'
      await (await options.connections.get(host)?.session())?.evaluate(`DF_RESULT=${result}`)
    }),
  )
  return runOn(new Set(reachable), task, taskNumber, record, context)
}

/** Reports a task that was not started because hosts could not be reached: only on this machine, because nothing was changed anywhere. */
export async function reportNotStarted(
  task: PlannedTask,
  taskNumber: number,
  record: RunRecord,
  context: Pick<UndoContext, 'segments'>,
): Promise<void> {
  await runOn(new Set(), task, taskNumber, record, context)
}

function runOn(
  hosts: ReadonlySet<string>,
  task: PlannedTask,
  taskNumber: number,
  record: RunRecord,
  { segments }: Pick<UndoContext, 'segments'>,
): Promise<SegmentResult> {
  const failure: RunFailure = { status: exitStatusOf(record), hosts: outcomesOf(record), problems: problemsOf(record) }
  const ref = { task: task.name, phase: 'failed', undoing: true, ignoresInterrupt: true, id: `${taskNumber}.f`, last: true }
  return segments.run(task.failed, ref, { hosts, purpose: 'report', live: false, failure })
}
