import type { AnyEnv } from '../plain.ts'
import type { Registry } from './variable.ts'

/** Keys that the language or a tool reads from any object. They are not variables. */
const languageKeys = 'then toJSON toString valueOf constructor asymmetricMatch nodeType $$typeof inspect __esModule'.split(' ')

/**
 * The variables as a read-only object that computes them when they are read. Reading anything else is an error, so that a typo does not become
 * `undefined` in a shell script.
 */
export function createEnvProxy(
  registry: Registry,
  read: (name: string) => unknown,
  failUnknown: (name: string, section?: string) => never,
): AnyEnv {
  const sections = new Map<string, AnyEnv>()
  const table = (section?: string): AnyEnv => {
    const names = registry.tables.get(section) ?? new Map<string, string>()
    const has = (key: string) => names.has(key) || (section === undefined && sections.has(key))
    const get = (key: string): unknown => {
      const variableName = names.get(key) ?? registry.find(key, section)?.name
      if (variableName !== undefined && (section === undefined || variableName.startsWith(`${section}.`))) return read(variableName)
      const sectionName = section === undefined ? registry.sectionOf(key) : undefined
      if (sectionName !== undefined) return sections.get(sectionName)
      return languageKeys.includes(key) ? Reflect.get({}, key) : failUnknown(key, section)
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
