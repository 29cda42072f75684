/** An env for code that cannot know its type. */
export type AnyEnv = Readonly<Record<string, unknown>>

export type PlainObject = Readonly<Record<string, unknown>>

/** An object literal, or a mapping of YAML or JSON. Anything with a class or a brand (a Secret) is not one. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === null || Object.getPrototypeOf(prototype) === null) && Object.getOwnPropertySymbols(value).length === 0
}

/** A copy of a value with every leaf replaced. A leaf is neither a list nor a table; `path` is its position: `[0].name`. */
export function mapTree(value: unknown, replace: (leaf: unknown, path: string) => unknown, path = ''): unknown {
  if (Array.isArray(value)) return value.map((entry, index) => mapTree(entry, replace, `${path}[${index}]`))
  if (!isPlainObject(value)) return replace(value, path)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapTree(entry, replace, `${path}.${key}`)]))
}

/** Objects merge. Of anything else the later value wins, unless it is `undefined`. */
export function mergeValues(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isPlainObject(below) || !isPlainObject(above)) return above
  const added = Object.entries(above).map(([key, value]) => [key, Object.hasOwn(below, key) ? mergeValues(below[key], value) : value])
  return Object.fromEntries([...Object.entries(below), ...added])
}
