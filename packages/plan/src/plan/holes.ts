import { isSameSecret, type Secret, type StepTarget, secretPrefix } from '@dragonfab/core'
import { ByTarget } from './by-target.ts'
import type { Plan, PlanCode } from './types.ts'

/** Gives secrets the names of their variables in scripts. A label has the same name on all hosts, so that equal steps have equal text. */
export class Holes {
  readonly #byLabel = new Map<string, string[]>()
  readonly #values = new ByTarget(() => new Map<string, Secret>())
  #count = 0

  /** The variable that stands for `secret` in scripts of `target`. */
  assignName(target: StepTarget, secret: Secret): string {
    const values = this.#values.get(target)
    const names = this.#byLabel.get(secret.label) ?? []
    this.#byLabel.set(secret.label, names)
    for (const name of names) {
      const earlier = values.get(name)
      // Two secrets with one label on one host need two variables, unless they are known to have one value. Planning looks nothing up.
      if (earlier && !isSameSecret(earlier, secret)) continue
      values.set(name, secret)
      return name
    }
    const name = `${secretPrefix}${++this.#count}`
    names.push(name)
    values.set(name, secret)
    return name
  }

  get secrets(): PlanCode['secrets'] {
    return { local: this.#values.local ?? new Map(), hosts: this.#values.hosts }
  }

  /** The part that is in a plan: names and labels, never values. */
  get listing(): Plan['secrets'] {
    return this.#values.entries().flatMap(([target, values]) => [...values].map(([hole, { label }]) => ({ hole, label, target })))
  }
}
