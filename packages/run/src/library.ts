import { DragonfabError, describeTarget, type StepTarget } from '@dragonfab/core'
import type { Library, PlannedFunction, ScriptPart } from '@dragonfab/plan'

/** The functions that a script needs, from the plan, in the order in which they are defined. */
export function functionsOf({ uses = [] }: ScriptPart, target: StepTarget, libraries: readonly Library[]): readonly PlannedFunction[] {
  if (!uses.length) return []
  const known = new Map(
    libraries.find(({ targets }) => targets.some((each) => isSameTarget(each, target)))?.functions.map((each) => [each.name, each]),
  )
  return uses.map((name) => {
    const found = known.get(name)
    if (!found)
      throw new DragonfabError({
        code: 'BAD_PLAN',
        message: `the plan does not have the shell function ${name} for ${describeTarget(target)}`,
      })
    return found
  })
}

function isSameTarget(one: StepTarget, other: StepTarget): boolean {
  return one.kind === 'host' ? other.kind === 'host' && one.name === other.name : other.kind === 'local'
}
