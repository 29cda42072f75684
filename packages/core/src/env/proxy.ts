import type { AnyEnv } from '../config/erased.ts'
import type { Registry } from './registry.ts'

/** Keys that the language or a tool asks of any object; env has none of them. */
const asked = ['then', 'toJSON', 'toString', 'valueOf', 'constructor', 'asymmetricMatch', 'nodeType', '$$typeof', 'inspect', '__esModule']

/**
 * The variables as an object that cannot be written, and that computes what is read. A name that is no variable is an error, so that a
 * typo is not `undefined` in a shell script.
 */
export function envProxy(registry: Registry, read: (name: string) => unknown, unknown: (name: string, section?: string) => never): AnyEnv {
  const table = (section: string | undefined, content: ReadonlyMap<string, () => unknown>): AnyEnv => {
    const target = {}
    for (const [key, get] of content) Object.defineProperty(target, key, { get, enumerable: true, configurable: true })
    return new Proxy(target as Record<string, unknown>, {
      get: (object, key) => {
        if (typeof key === 'symbol' || Object.hasOwn(object, key)) return Reflect.get(object, key)
        const variable = registry.find(key, section)
        if (variable && (!section || variable.name.startsWith(`${section}.`))) return read(variable.name)
        const named = section ? undefined : registry.section(key)
        if (named) return Reflect.get(object, named)
        if (asked.includes(key)) return Reflect.get(object, key)
        return unknown(key, section)
      },
      set: () => false,
      defineProperty: () => false,
      deleteProperty: () => false,
      setPrototypeOf: () => false,
    })
  }

  const names = (section: string | undefined) =>
    registry.variables
      .map(({ name }) => name)
      .filter((name) => (section ? name.startsWith(`${section}.`) : !registry.sections.some((each) => name.startsWith(`${each}.`))))
  const reading = (section: string | undefined) =>
    names(section).map((name) => [section ? name.slice(section.length + 1) : name, () => read(name)] as const)
  const sections = registry.sections.map((section) => {
    const content = table(section, new Map(reading(section)))
    return [section, () => content] as const
  })
  return table(undefined, new Map([...sections, ...reading(undefined)]))
}
