import { type Step, usageError } from '@dragonfab/core'
import type { Holes } from './holes.ts'
import { placeOf, textOf } from './places.ts'
import type { PlanHost } from './request.ts'

interface Target {
  readonly path: string
  readonly variable: string
  readonly machine: string
  /** What each host writes there. */
  readonly texts: Map<PlanHost, string[]>
}

/** What steps say that they write (`writes`), so that no role overwrites what another role of its machine has written. */
export class Writers {
  readonly #targets = new Map<string, Target>()
  readonly #holes: Holes

  constructor(holes: Holes) {
    this.#holes = holes
  }

  note(host: PlanHost, each: Step): void {
    if (!each.writes || host.machine === undefined) return
    const { path, variable } = each.writes
    const key = `${host.machine}\0${path}`
    const target = this.#targets.get(key) ?? { path, variable, machine: host.machine, texts: new Map() }
    this.#targets.set(key, target)
    target.texts.set(host, [...(target.texts.get(host) ?? []), textOf(each, placeOf(host), this.#holes)])
  }

  /** Refuses targets that two hosts of one machine write differently. */
  settle(): void {
    const problems = [...this.#targets.values()].flatMap(({ path, variable, machine, texts }) => {
      const [first, ...others] = [...texts]
      const other = first && others.find(([, text]) => JSON.stringify(text) !== JSON.stringify(first[1]))
      if (!first || !other) return []
      const who = [first[0], other[0]].map(({ role, name }) => (role === undefined ? name : `role ${role}`))
      return [
        {
          code: 'WRITTEN_TWICE',
          message: `${who.join(' and ')} would write different things into ${path} on ${machine}`,
          remedy: `tell them apart with %(role)s in ${variable}, or make both alike`,
        },
      ]
    })
    if (problems.length) throw usageError(problems)
  }
}
