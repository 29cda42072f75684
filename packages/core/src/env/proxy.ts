import type { AnyEnv } from '../any-env.ts'
import type { Registry } from './registry.ts'

/** Keys that the language or a tool asks of any object; env has none of them. */
const asked = ['then', 'toJSON', 'toString', 'valueOf', 'constructor', 'asymmetricMatch', 'nodeType', '$$typeof', 'inspect', '__esModule']

/**
 * The variables as an object that cannot be written, and that computes what is read. A name that is no variable is an error, so that a
 * typo is not `undefined` in a shell script.
 */
export function envProxy(registry: Registry, read: (name: string) => unknown, unknown: (name: string, section?: string) => never): AnyEnv {
  const sections = new Map<string, AnyEnv>()
  const table = (section?: string): AnyEnv => {
    const names = registry.tables.get(section) ?? new Map<string, string>()
    const has = (key: string) => names.has(key) || (section === undefined && sections.has(key))
    const get = (key: string): unknown => {
      const own = names.get(key) ?? registry.find(key, section)?.name
      if (own !== undefined && (section === undefined || own.startsWith(`${section}.`))) return read(own)
      const under = section === undefined ? registry.section(key) : undefined
      if (under !== undefined) return sections.get(under)
      return asked.includes(key) ? Reflect.get({}, key) : unknown(key, section)
    }
    return new Proxy<Record<string, unknown>>(
      {},
      {
        get: (target, key) => (typeof key === 'symbol' ? Reflect.get(target, key) : get(key)),
        has: (_, key) => typeof key === 'string' && has(key),
        ownKeys: () => [...(section === undefined ? sections.keys() : []), ...names.keys()],
        getOwnPropertyDescriptor: (_, key) =>
          typeof key === 'string' && has(key) ? { get: () => get(key), enumerable: true, configurable: true } : undefined,
        set: () => false,
        defineProperty: () => false,
        deleteProperty: () => false,
        setPrototypeOf: () => false,
      },
    )
  }
  for (const section of registry.sections) sections.set(section, table(section))
  return table()
}
