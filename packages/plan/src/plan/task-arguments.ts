import type { TaskSpec } from '@dragonfab/core'
import { bindArguments, type TaskCall } from '../project/task-call.ts'
import type { PlanSource } from './request.ts'

/** All signals that stand in the phases of a task: what tells which facts it needs. */
export function signalsOf(source: Pick<PlanSource, 'flows' | 'tasks'>, call: TaskCall): readonly string[] {
  const flow = source.flows[call.task]?.flow
  const spec = source.tasks[call.task]?.spec
  const wrap = flow ? undefined : spec?.wrap?.(argumentsOf(spec, call))
  const phases = flow?.phases ?? [...(wrap?.before ?? []), ...(wrap?.after ?? [])]
  return phases.flatMap((phase) => phase.signals)
}

/** A call's arguments by their names, for a task that runs: they were checked when the call was read. */
export function argumentsOf(spec: Pick<TaskSpec, 'args'>, call: TaskCall): Readonly<Record<string, string | undefined>> {
  return bindArguments(call, spec.args ?? []).args
}
