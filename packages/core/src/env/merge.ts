import { getOwn, isPlainObject } from '../plain.ts'

/** Objects merge, everything else is replaced by what comes later; `undefined` says nothing. */
export function mergeValues(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isPlainObject(below) || !isPlainObject(above)) return above
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])]
  return Object.fromEntries(keys.map((key) => [key, mergeValues(getOwn(below, key), getOwn(above, key))]))
}
