import { isPlainObject } from '../plain.ts'

/** Objects merge, everything else is replaced by what comes later; `undefined` says nothing. */
export function mergeValues(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isPlainObject(below) || !isPlainObject(above)) return above
  const added = Object.entries(above).map(([key, value]) => [key, Object.hasOwn(below, key) ? mergeValues(below[key], value) : value])
  return Object.fromEntries([...Object.entries(below), ...added])
}
