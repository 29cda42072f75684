import { isFragment, type Step, type Steps, step } from '@dragonfab/core'

/** Any return value of a hook as a flat list of steps. */
export function toSteps(value: Steps): readonly Step[] {
  if (!value) return []
  if (isFragment(value)) return [step(value)]
  if (Array.isArray(value)) return value.flatMap((each: Steps) => toSteps(each))
  return [value as Step]
}
