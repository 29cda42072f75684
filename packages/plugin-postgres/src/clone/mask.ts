/** What a masked column becomes. `keep` says that it stays as it is, although its name looks personal. */
export type Mask = 'hash' | 'null' | 'keep' | { readonly constant: string | number | boolean }
export type Masks = Readonly<Record<string, Mask>>

/** Reads an entry of `mask`, or throws what it should be. */
export function parseMask(value: Mask): Mask {
  const given: unknown = value
  if (given === 'hash' || given === 'null' || given === 'keep') return given
  if (given === null) return 'null'
  if (typeof given === 'object' && Object.keys(given).join() === 'constant') {
    const { constant } = given as { readonly constant: unknown }
    if (typeof constant === 'string' || typeof constant === 'number' || typeof constant === 'boolean') return { constant }
  }
  throw new Error("should be 'hash', 'null', 'keep' or { constant: … }")
}
