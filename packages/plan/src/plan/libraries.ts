import { createHash } from 'node:crypto'
import { functionsIn, type Problem, type Step, usageError } from '@dragonfab/core'
import type { Library } from './types.ts'

interface Declared {
  readonly text: string
  /** The plugin whose step was the first to use it. */
  readonly plugin: string
}

interface Group {
  readonly hosts: string[]
  readonly texts: Map<string, string>
}

/** The shell functions that the scripts of each host use. */
export class Libraries {
  readonly #byHost = new Map<string, Map<string, Declared>>()
  readonly #problems = new Map<string, Problem>()

  /** Gives the names of the functions that a step uses, in the order in which they are defined. */
  note(host: string, step: Step, plugin: string): readonly string[] {
    if (step.kind === 'code') return []
    const known = this.#byHost.get(host) ?? new Map<string, Declared>()
    this.#byHost.set(host, known)
    return functionsIn(step.text).map(({ name, definition }) => {
      const declared = known.get(name) ?? { text: definition, plugin }
      known.set(name, declared)
      if (declared.text !== definition) this.#problems.set(`${host} ${name}`, conflict(host, name, [declared.plugin, plugin]))
      return name
    })
  }

  /** Hosts share a library unless one name means different things to them. Refuses names that mean two things to one host. */
  group(): readonly Library[] {
    if (this.#problems.size) throw usageError([...this.#problems.values()])
    const groups: Group[] = []
    for (const [host, declared] of this.#byHost) {
      if (!declared.size) continue
      const texts = [...declared].map(([name, { text }]) => [name, text] as const)
      const fits = (group: Group): boolean => texts.every(([name, text]) => (group.texts.get(name) ?? text) === text)
      const group: Group = groups.find(fits) ?? { hosts: [], texts: new Map() }
      if (!group.hosts.length) groups.push(group)
      group.hosts.push(host)
      for (const [name, text] of texts) group.texts.set(name, text)
    }
    return groups.map(({ hosts, texts }) => ({ hosts, functions: [...texts].map(([name, text]) => ({ name, text, hash: hashOf(text) })) }))
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function conflict(host: string, name: string, [one, other]: readonly [string, string]): Problem {
  return {
    code: 'FUNCTION_TWICE',
    host,
    message: `steps of ${one === other ? one : `${one} and ${other}`} use two shell functions named ${name}`,
    remedy: 'rename one of them, or pass what differs as an argument',
  }
}
