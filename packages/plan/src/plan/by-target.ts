import { hostTarget, localTarget, type StepTarget } from '@dragonfab/core'

/** A value for this machine and one for each host, even if a host is called `local`. */
export class ByTarget<V> {
  readonly #make: () => V
  readonly hosts = new Map<string, V>()
  #local: V | undefined

  constructor(make: () => V) {
    this.#make = make
  }

  get local(): V | undefined {
    return this.#local
  }

  /** The value of a target, which is made on first use. */
  get(target: StepTarget): V {
    if (target.kind === 'local') {
      this.#local ??= this.#make()
      return this.#local
    }
    const value = this.hosts.get(target.name) ?? this.#make()
    this.hosts.set(target.name, value)
    return value
  }

  entries(): readonly (readonly [StepTarget, V])[] {
    const hosts = [...this.hosts].map(([name, value]) => [hostTarget(name), value] as const)
    return this.#local === undefined ? hosts : [...hosts, [localTarget, this.#local]]
  }
}
