import { type Step, usageError } from '@dragonfab/core'
import type { Holes } from './holes.ts'
import type { PlanHost } from './request.ts'
import { serializeStep, targetOf } from './targets.ts'

interface WrittenFile {
  readonly path: string
  readonly variable: string
  readonly machine: string
  /** The texts that each host writes to the file. */
  readonly texts: Map<PlanHost, string[]>
}

/** The files that steps write (`writes`), to find roles on one machine that would overwrite each other's. */
export class FileWriters {
  readonly #files = new Map<string, WrittenFile>()
  readonly #holes: Holes

  constructor(holes: Holes) {
    this.#holes = holes
  }

  record(host: PlanHost, step: Step): void {
    if (!step.writes || host.machine === undefined) return
    const { path, variable } = step.writes
    const key = `${host.machine}\0${path}`
    const target = this.#files.get(key) ?? { path, variable, machine: host.machine, texts: new Map() }
    this.#files.set(key, target)
    target.texts.set(host, [...(target.texts.get(host) ?? []), serializeStep(step, targetOf(host), this.#holes)])
  }

  /** Refuses files that two hosts on one machine would write with different text. */
  assertNoConflicts(): void {
    const problems = [...this.#files.values()].flatMap(({ path, variable, machine, texts }) => {
      const [first, ...others] = [...texts]
      const other = first && others.find(([, text]) => JSON.stringify(text) !== JSON.stringify(first[1]))
      if (!first || !other) return []
      const writers = [first[0], other[0]].map(({ role, name }) => (role === undefined ? name : `role ${role}`))
      return [
        {
          code: 'WRITTEN_TWICE',
          message: `${writers.join(' and ')} would write different text to ${path} on ${machine}`,
          remedy: `use %(role)s in ${variable}, or make both texts the same`,
        },
      ]
    })
    if (problems.length) throw usageError(problems)
  }
}
