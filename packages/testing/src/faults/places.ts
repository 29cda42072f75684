import { here, type Part, type Plan, type PlannedStep, type PlannedTask, type Stretch } from '@dragonfab/plan'
import type { Place } from './fault.ts'

/** A step of a plan with all that tells where it is. */
export interface PlacedStep {
  readonly host: string
  readonly task: string
  readonly phase: string
  /** From 1 within its task; 0 for what is told after a failure. */
  readonly number: number
  readonly undoing: boolean
  readonly part: Part
  readonly step: PlannedStep
}

/** Every step of a plan in the order in which it would run: forth, then the ways back from the last phase to the first. */
export function placesOf(plan: Plan): readonly PlacedStep[] {
  return plan.tasks.flatMap((task) => [
    ...task.phases.flatMap((phase, index) => ofStretches(phase.stretches, task, phase.name, index + 1, false)),
    ...task.phases
      .map((phase, index) => ofStretches(phase.undo, task, phase.name, index + 1, true))
      .reverse()
      .flat(),
    ...ofStretches(task.failed, task, 'failed', 0, true),
  ])
}

function ofStretches(
  stretches: readonly Stretch[],
  task: PlannedTask,
  phase: string,
  number: number,
  undoing: boolean,
): readonly PlacedStep[] {
  const parts = stretches.flatMap((stretch) =>
    stretch.kind === 'here'
      ? [[here, stretch.part] as const]
      : Object.entries(stretch.parts).flatMap(([host, all]) => all.map((part) => [host, part] as const)),
  )
  return parts.flatMap(([host, part]) => part.steps.map((step) => ({ host, task: task.name, phase, number, undoing, part, step })))
}

/** Whether a step is at a place. */
export function isAt(place: Place, { host, task, phase, number, undoing, step }: PlacedStep): boolean {
  const same = <T>(wanted: T | undefined, found: T): boolean => wanted === undefined || wanted === found
  const titled = typeof place.step === 'string' ? step.title.includes(place.step) : (place.step?.test(step.title) ?? true)
  return (
    same(place.host, host) &&
    same(place.task, task) &&
    same(place.signal, step.signal) &&
    same(place.plugin, step.plugin) &&
    same(place.phase, typeof place.phase === 'number' ? number : phase) &&
    (place.undoing ?? false) === undoing &&
    titled
  )
}
