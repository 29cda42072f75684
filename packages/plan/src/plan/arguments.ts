import type { TaskSpec } from '@dragonfab/core'
import type { Invocation, PlanSource } from './request.ts'

/** All signals that stand in the phases of a task: what tells which facts it needs. */
export function signalsOf(
  source: Pick<PlanSource, 'flows' | 'tasks'>,
  { task, args }: Pick<Invocation, 'task' | 'args'>,
): readonly string[] {
  const flow = source.flows[task]?.flow
  const spec = source.tasks[task]?.spec
  const around = flow ? undefined : spec?.around?.(argumentsOf(spec, args))
  const phases = flow?.phases ?? [...(around?.before ?? []), ...(around?.after ?? [])]
  return phases.flatMap((phase) => phase.signals)
}

/** Positional arguments under their names. */
export function argumentsOf(spec: Pick<TaskSpec, 'args'>, given: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((spec.args ?? []).map((name, index) => [name.replace(/\?$/, ''), given[index]]))
}
