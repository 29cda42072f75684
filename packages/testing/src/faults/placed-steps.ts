import { hostTarget, localTarget, type StepTarget } from '@dragonfab/core'
import type { Plan, PlannedPart, PlannedStep, PlannedTask, Segment } from '@dragonfab/plan'
import type { StepFilter } from './fault.ts'

/** A step of a plan with its position. */
export interface PlacedStep {
  readonly target: StepTarget
  readonly task: string
  readonly phase: string
  /** From 1 within its task; 0 for steps that run after a failure. */
  readonly number: number
  readonly undoing: boolean
  readonly part: PlannedPart
  readonly step: PlannedStep
}

/** Every step of a plan in the order in which it would run; then the steps that undo, from the last phase to the first. */
export function listSteps(plan: Plan): readonly PlacedStep[] {
  return plan.tasks.flatMap((task) => [
    ...task.phases.flatMap((phase, index) => stepsOfSegments(phase.segments, task, phase.name, index + 1, false)),
    ...task.phases
      .map((phase, index) => stepsOfSegments(phase.undo, task, phase.name, index + 1, true))
      .reverse()
      .flat(),
    ...stepsOfSegments(task.failed, task, 'failed', 0, true),
  ])
}

function stepsOfSegments(
  segments: readonly Segment[],
  task: PlannedTask,
  phase: string,
  number: number,
  undoing: boolean,
): readonly PlacedStep[] {
  const parts = segments.flatMap((segment) =>
    segment.kind === 'local'
      ? [[localTarget, segment.part] as const]
      : Object.entries(segment.parts).flatMap(([host, all]) => all.map((part) => [hostTarget(host), part] as const)),
  )
  return parts.flatMap(([target, part]) => part.steps.map((step) => ({ target, task: task.name, phase, number, undoing, part, step })))
}

/** Whether a step matches a filter. */
export function matchesFilter(place: StepFilter, { target, task, phase, number, undoing, step }: PlacedStep): boolean {
  const same = <T>(wanted: T | undefined, found: T): boolean => wanted === undefined || wanted === found
  const titled = typeof place.step === 'string' ? step.title.includes(place.step) : (place.step?.test(step.title) ?? true)
  return (
    same(place.host, target.kind === 'host' ? target.name : undefined) &&
    same(place.local, target.kind === 'local') &&
    same(place.task, task) &&
    same(place.signal, step.signal) &&
    same(place.plugin, step.plugin) &&
    same(place.phase, typeof place.phase === 'number' ? number : phase) &&
    (place.undoing ?? false) === undoing &&
    titled
  )
}
