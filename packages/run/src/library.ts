import { DragonfabError } from '@dragonfab/core'
import type { Library, PlannedFunction, ScriptPart } from '@dragonfab/plan'

/** The functions that a script needs, from the plan, in the order in which they are defined. */
export function functionsOf({ uses = [] }: ScriptPart, host: string, libraries: readonly Library[]): readonly PlannedFunction[] {
  if (!uses.length) return []
  const known = new Map(libraries.find(({ hosts }) => hosts.includes(host))?.functions.map((each) => [each.name, each]))
  return uses.map((name) => {
    const found = known.get(name)
    if (!found) throw new DragonfabError({ code: 'BAD_PLAN', host, message: `the plan does not have the shell function ${name}` })
    return found
  })
}
