import { isPlain, own } from '../plain.ts'

/** Objects merge, everything else is replaced by what comes later; `undefined` says nothing. */
export function merge(below: unknown, above: unknown): unknown {
  if (above === undefined) return below
  if (!isPlain(below) || !isPlain(above)) return above
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])]
  return Object.fromEntries(keys.map((key) => [key, merge(own(below, key), own(above, key))]))
}
