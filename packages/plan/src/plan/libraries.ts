import { createHash } from 'node:crypto'
import { describeTarget, functionsIn, type Problem, type Step, type StepTarget, usageError } from '@dragonfab/core'
import { ByTarget } from './by-target.ts'
import type { Library } from './types.ts'

interface DeclaredFunction {
  readonly text: string
  /** The plugin whose step was the first to use it. */
  readonly plugin: string
}

interface Group {
  readonly targets: StepTarget[]
  readonly texts: Map<string, string>
}

/** The shell functions that the scripts of each target use. */
export class Libraries {
  readonly #declared = new ByTarget(() => new Map<string, DeclaredFunction>())
  readonly #problems = new Map<string, Problem>()

  /** Records the functions that a step uses, and returns their names in the order in which they are defined. */
  note(target: StepTarget, step: Step, plugin: string): readonly string[] {
    if (step.kind === 'code') return []
    const known = this.#declared.get(target)
    return functionsIn(step.text).map(({ name, definition }) => {
      const declared = known.get(name) ?? { text: definition, plugin }
      known.set(name, declared)
      if (declared.text !== definition)
        this.#problems.set(`${describeTarget(target)} ${name}`, conflict(target, name, [declared.plugin, plugin]))
      return name
    })
  }

  /** Targets share a library unless they have different functions of one name. Refuses two different functions of one name on one target. */
  group(): readonly Library[] {
    if (this.#problems.size) throw usageError([...this.#problems.values()])
    const groups: Group[] = []
    for (const [target, declared] of this.#declared.entries()) {
      if (!declared.size) continue
      const texts = [...declared].map(([name, { text }]) => [name, text] as const)
      const fits = (group: Group): boolean => texts.every(([name, text]) => (group.texts.get(name) ?? text) === text)
      const group: Group = groups.find(fits) ?? { targets: [], texts: new Map() }
      if (!group.targets.length) groups.push(group)
      group.targets.push(target)
      for (const [name, text] of texts) group.texts.set(name, text)
    }
    return groups.map(({ targets, texts }) => ({
      targets,
      functions: [...texts].map(([name, text]) => ({ name, text, hash: hashOf(text) })),
    }))
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function conflict(target: StepTarget, name: string, [one, other]: readonly [string, string]): Problem {
  return {
    code: 'FUNCTION_TWICE',
    ...(target.kind === 'host' && { host: target.name }),
    message: `steps of ${one === other ? one : `${one} and ${other}`} use two different shell functions named ${name}`,
    remedy: 'rename one of them, or pass what differs as an argument',
  }
}
