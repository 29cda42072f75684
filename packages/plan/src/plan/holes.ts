import { reveal, type Secret, secretPrefix } from '@dragonfab/core'

/** Gives secrets their names in scripts. One label has one hole on all hosts, so that equal steps stay equal text. */
export class Holes {
  readonly #byLabel = new Map<string, string[]>()
  readonly #values = new Map<string, Map<string, Secret>>()
  #count = 0

  /** The variable that stands for `secret` on `host`. */
  assignName(host: string, secret: Secret): string {
    const values = this.#values.get(host) ?? new Map<string, Secret>()
    this.#values.set(host, values)
    const names = this.#byLabel.get(secret.label) ?? []
    this.#byLabel.set(secret.label, names)
    for (const name of names) {
      const earlier = values.get(name)
      // Two secrets of one label with different values on one host need a hole each.
      if (earlier && earlier !== secret && reveal(earlier) !== reveal(secret)) continue
      values.set(name, secret)
      return name
    }
    const name = `${secretPrefix}${++this.#count}`
    names.push(name)
    values.set(name, secret)
    return name
  }

  get secrets(): Readonly<Record<string, ReadonlyMap<string, Secret>>> {
    return Object.fromEntries(this.#values)
  }

  /** What a plan tells of them: names and labels, never values. */
  get listing(): readonly { readonly hole: string; readonly label: string; readonly host: string }[] {
    return [...this.#values].flatMap(([host, values]) => [...values].map(([hole, secret]) => ({ hole, label: secret.label, host })))
  }
}
