import type { TaskSpec } from '@dragonfab/core'
import type { PlanSource, TaskInvocation } from './request.ts'

/** All signals that stand in the phases of a task: what tells which facts it needs. */
export function signalsOf(
  source: Pick<PlanSource, 'flows' | 'tasks'>,
  { task, args }: Pick<TaskInvocation, 'task' | 'args'>,
): readonly string[] {
  const flow = source.flows[task]?.flow
  const spec = source.tasks[task]?.spec
  const wrap = flow ? undefined : spec?.wrap?.(argumentsOf(spec, args))
  const phases = flow?.phases ?? [...(wrap?.before ?? []), ...(wrap?.after ?? [])]
  return phases.flatMap((phase) => phase.signals)
}

/** Positional arguments under their names. */
export function argumentsOf(spec: Pick<TaskSpec, 'args'>, given: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((spec.args ?? []).map((name, index) => [name.replace(/\?$/, ''), given[index]]))
}
