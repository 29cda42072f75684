/** An env for code that cannot know its type. */
export type AnyEnv = Readonly<Record<string, unknown>>

export type PlainObject = Readonly<Record<string, unknown>>

/** An object literal, or a mapping of YAML or JSON; nothing with a class or a brand of its own, like a Secret. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === null || Object.getPrototypeOf(prototype) === null) && Object.getOwnPropertySymbols(value).length === 0
}

/** A value with each of its leaves replaced: what is neither a list nor a table. `path` is where the leaf is: `[0].name`. */
export function mapTree(value: unknown, replace: (leaf: unknown, path: string) => unknown, path = ''): unknown {
  if (Array.isArray(value)) return value.map((entry, index) => mapTree(entry, replace, `${path}[${index}]`))
  if (!isPlainObject(value)) return replace(value, path)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapTree(entry, replace, `${path}.${key}`)]))
}

/** Objects merge, everything else is replaced by what comes later; `undefined` says nothing. */
export function mergeValues(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isPlainObject(below) || !isPlainObject(above)) return above
  const added = Object.entries(above).map(([key, value]) => [key, Object.hasOwn(below, key) ? mergeValues(below[key], value) : value])
  return Object.fromEntries([...Object.entries(below), ...added])
}
