import { quoteName } from '../archive/read-archive.ts'
import { literal } from '../server/server.ts'
import type { Column } from './columns.ts'

/** How to mask a column. `keep` leaves it as it is, although its name looks personal. */
export type Mask = 'hash' | 'null' | 'keep' | { readonly constant: string | number | boolean }
export type Masks = Readonly<Record<string, Mask>>

/** Reads an entry of `mask`. */
export function parseMask(value: Mask): Mask {
  const input: unknown = value
  if (input === 'hash' || input === 'null' || input === 'keep') return input
  if (input === null) return 'null'
  if (typeof input === 'object' && Object.keys(input).join() === 'constant') {
    const { constant } = input as { readonly constant: unknown }
    if (typeof constant === 'string' || typeof constant === 'number' || typeof constant === 'boolean') return { constant }
  }
  throw new Error("should be 'hash', 'null', 'keep' or { constant: … }")
}

/** The session setting that holds the key of the hashes, so that the key is not part of a statement and never appears in a log of slow ones. */
export const keySetting = 'dragonfab.mask_key'

/** Types that can hold a hash. Equal values of one type give equal hashes in any column. */
const hashByType: Readonly<Record<string, (value: string) => string>> = {
  ...Object.fromEntries(['text', 'varchar', 'bpchar', 'name'].map((type) => [type, hashTextSql])),
  // Compared without regard to case, so values that differ only in case need the same hash.
  citext: (value) => hashTextSql(`lower(${value}::text)`),
  uuid: (value) => `left(${hashSql(`${value}::text`)}, 32)::uuid`,
  int4: (value) => `('x' || left(${hashSql(`${value}::text`)}, 7))::bit(28)::int4`,
  int8: (value) => `('x' || left(${hashSql(`${value}::text`)}, 15))::bit(60)::int8`,
  bytea: (value) => `decode(${hashSql(`encode(${value}, 'hex')`)}, 'hex')`,
}

/** SHA-256 of the key and the value. Without the key, nobody can guess the value by trying. */
const hashSql = (text: string): string => `encode(sha256(convert_to(current_setting('${keySetting}') || ${text}, 'UTF8')), 'hex')`

/** An address becomes another address, in a domain that never receives mail. */
function hashTextSql(value: string): string {
  const text = `${value}::text`
  const digest = hashSql(text)
  return `CASE WHEN ${text} = '' THEN '' WHEN position('@' in ${text}) > 0 THEN left(${digest}, 20) || '@example.invalid' ELSE left(${digest}, 32) END`
}

/** Why the column cannot be masked in this way. Undefined if it can. */
export function explainUnfit({ base, nullable, generated, type }: Column, mask: Mask): string | undefined {
  if (mask === 'keep') return undefined
  if (generated) return 'is computed from other columns: mask those'
  if (mask === 'null' && !nullable) return 'may not be null'
  if (mask === 'hash' && !Object.hasOwn(hashByType, base)) return `is ${type}, which cannot hold a hash: use null or { constant: … }`
  return undefined
}

/** The part of UPDATE after `SET`. */
export function assignMaskSql({ name, base, type }: Column, mask: Mask): string {
  const column = quoteName(name)
  if (mask === 'null') return `${column} = NULL`
  if (typeof mask === 'object') return `${column} = ${literal(String(mask.constant))}::${type}`
  // A cast to the column's own type cuts a value that is too long, without an error.
  return `${column} = (${hashByType[base]?.(column)})::${type}`
}
