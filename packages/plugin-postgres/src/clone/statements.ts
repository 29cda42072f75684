import { quoteName } from '../archive/read-archive.ts'
import { literal } from '../server/server.ts'
import type { Column } from './columns.ts'
import type { Mask } from './mask.ts'

/** The setting of the session that holds the key of the hashes: so it stands in no statement that reads a table, and in no log of slow ones. */
export const keySetting = 'dragonfab.mask_key'

/** Types that a hash can be written in. Equal values of one type give equal hashes, in whichever column. */
const hashByType: Readonly<Record<string, (value: string) => string>> = {
  ...Object.fromEntries(['text', 'varchar', 'bpchar', 'name'].map((type) => [type, hashTextSql])),
  // Compared without case, so what is equal must be hashed as equal.
  citext: (value) => hashTextSql(`lower(${value}::text)`),
  uuid: (value) => `left(${hashSql(`${value}::text`)}, 32)::uuid`,
  int4: (value) => `('x' || left(${hashSql(`${value}::text`)}, 7))::bit(28)::int4`,
  int8: (value) => `('x' || left(${hashSql(`${value}::text`)}, 15))::bit(60)::int8`,
  bytea: (value) => `decode(${hashSql(`encode(${value}, 'hex')`)}, 'hex')`,
}

/** SHA-256 over the key and the value: without the key nobody finds the value by trying. */
const hashSql = (text: string): string => `encode(sha256(convert_to(current_setting('${keySetting}') || ${text}, 'UTF8')), 'hex')`

/** Addresses stay addresses, of a domain that never receives mail. */
function hashTextSql(value: string): string {
  const text = `${value}::text`
  const digest = hashSql(text)
  return `CASE WHEN ${text} = '' THEN '' WHEN position('@' in ${text}) > 0 THEN left(${digest}, 20) || '@example.invalid' ELSE left(${digest}, 32) END`
}

/** Whether values of the column can be masked so; else why not. */
export function explainUnfit({ base, nullable, generated, type }: Column, mask: Mask): string | undefined {
  if (mask === 'keep') return undefined
  if (generated) return 'is computed from other columns: mask these'
  if (mask === 'null' && !nullable) return 'may not be null'
  if (mask === 'hash' && !Object.hasOwn(hashByType, base))
    return `is ${type}, which no hash can be written in: take null or { constant: … }`
  return undefined
}

/** What stands behind `SET`. */
export function assignMaskSql({ name, base, type }: Column, mask: Mask): string {
  const column = quoteName(name)
  if (mask === 'null') return `${column} = NULL`
  if (typeof mask === 'object') return `${column} = ${literal(String(mask.constant))}::${type}`
  // Longer than the column is cut by its own type; a cast does that without an error.
  return `${column} = (${hashByType[base]?.(column)})::${type}`
}
