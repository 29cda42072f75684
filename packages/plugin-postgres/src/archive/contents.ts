import type { Bytes } from './bytes.ts'
import { damaged, unreadable } from './damaged.ts'

/** One entry of an archive's table of contents: what pg_dump calls a TocEntry. */
export interface Entry {
  readonly id: number
  /** Whether data of it follows. */
  readonly hasData: boolean
  /** `TABLE DATA`, `EXTENSION`, … */
  readonly kind: string
  readonly schema: string | undefined
  /** `users`, or for functions with their arguments. */
  readonly name: string
  readonly owner: string
  /** Whether its data is lines for COPY, one a row. */
  readonly copied: boolean
}

/** The head of an archive of `pg_dump -Fc`. */
export interface Contents {
  /** 14 in `1.14`, of the archive's own format. */
  readonly format: number
  readonly compression: 'none' | 'gzip'
  readonly database: string
  readonly serverVersion: string
  readonly dumpVersion: string
  readonly entries: readonly Entry[]
  /** Bytes of a number in this archive. */
  readonly intSize: number
  /** The whole head again, with owners changed; nothing else is. */
  withOwners(change: (entry: Entry) => string): Buffer
}

/** What an archive begins with. */
export const magic = Buffer.from('PGDMP')

// src/bin/pg_dump/pg_backup_archiver.c: 1.12 is PostgreSQL 9.0, 1.14 is 12, 1.15 is 16, 1.16 is 17.
const oldest = 12
const newest = 16
/** No text of a table of contents is longer; a larger number is damage. */
const longest = 1 << 28

interface Owner {
  readonly entry: Entry
  /** Where its owner's text stands in the head. */
  readonly from: number
  readonly to: number
}

/** Reads the head: ReadHead and ReadToc of pg_backup_archiver.c. What follows in `bytes` is data. */
export async function readContents(bytes: Bytes): Promise<Contents> {
  const head = new Head(bytes)
  if (!(await head.take(5)).equals(magic)) throw damaged('it is no archive of pg_dump')
  const [major = 0, format = 0, , intSize = 0, offsetSize = 0, kind = 0] = await head.take(6)
  if (major !== 1 || format < oldest || format > newest)
    throw unreadable(`its format is ${major}.${format}, and 1.${oldest} to 1.${newest} are known`)
  if (kind !== 1) throw unreadable('it is an archive, but not in the custom format')
  if (intSize < 4 || intSize > 8 || offsetSize < 4 || offsetSize > 8) throw damaged('its head makes no sense')
  head.intSize = intSize
  const compression = await compressionOf(head, format)
  // The time when it was made.
  for (let part = 0; part < 7; part++) await head.int()
  const database = (await head.text()) ?? ''
  const serverVersion = (await head.text()) ?? ''
  const dumpVersion = (await head.text()) ?? ''
  const count = await head.int()
  if (count < 0 || count > 50_000_000) throw damaged('its table of contents makes no sense')
  const owners: Owner[] = []
  for (let index = 0; index < count; index++) owners.push(await readEntry(head, format, offsetSize))
  const entries = owners.map(({ entry }) => entry)
  return {
    format,
    compression,
    database,
    serverVersion,
    dumpVersion,
    entries,
    intSize,
    withOwners: (change) => rewritten(head, owners, change),
  }
}

async function compressionOf(head: Head, format: number): Promise<'none' | 'gzip'> {
  if (format < 15) return (await head.int()) === 0 ? 'none' : 'gzip'
  const [algorithm = 0] = await head.take(1)
  if (algorithm > 1) throw unreadable(`it is compressed with ${algorithm === 2 ? 'lz4' : algorithm === 3 ? 'zstd' : 'something new'}`)
  return algorithm === 0 ? 'none' : 'gzip'
}

async function readEntry(head: Head, format: number, offsetSize: number): Promise<Owner> {
  const id = await head.int()
  const hasData = (await head.int()) !== 0
  await head.text()
  await head.text()
  const name = (await head.text()) ?? ''
  const kind = (await head.text()) ?? ''
  await head.int()
  // Its definition, and what drops it.
  await head.text()
  await head.text()
  const copied = !!(await head.text())
  const schema = await head.text()
  // Tablespace; access method since 1.14; kind of relation since 1.16.
  await head.text()
  if (format >= 14) await head.text()
  if (format >= 16) await head.int()
  const from = head.length
  const owner = (await head.text()) ?? ''
  const to = head.length
  await head.text()
  // What it depends on.
  while ((await head.text()) !== undefined);
  await head.take(1 + offsetSize)
  return { entry: { id, hasData, kind, schema, name, owner, copied }, from, to }
}

function rewritten(head: Head, owners: readonly Owner[], change: (entry: Entry) => string): Buffer {
  const before = head.all()
  const parts: Buffer[] = []
  let at = 0
  for (const { entry, from, to } of owners) {
    const owner = change(entry)
    if (owner === entry.owner) continue
    const text = Buffer.from(owner)
    const length = Buffer.alloc(1 + head.intSize)
    length.writeUInt32LE(text.length, 1)
    parts.push(before.subarray(at, from), length, text)
    at = to
  }
  return Buffer.concat([...parts, before.subarray(at)])
}

/** Reads the head, and keeps it. */
class Head {
  readonly #bytes: Bytes
  readonly #kept: Buffer[] = []
  intSize = 4
  length = 0

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  async take(count: number): Promise<Buffer> {
    const taken = Buffer.from(await this.#bytes.take(count))
    this.#kept.push(taken)
    this.length += count
    return taken
  }

  /** A sign, then its bytes, the lowest first. */
  async int(): Promise<number> {
    return intOf(await this.take(1 + this.intSize))
  }

  async text(): Promise<string | undefined> {
    const length = await this.int()
    if (length < 0) return undefined
    if (length > longest) throw damaged('its table of contents makes no sense')
    return (await this.take(length)).toString()
  }

  all(): Buffer {
    return Buffer.concat(this.#kept)
  }
}

/** A number of an archive. */
export function intOf(bytes: Buffer): number {
  let value = 0
  for (let index = bytes.length - 1; index > 0; index--) value = value * 256 + (bytes[index] ?? 0)
  return bytes[0] ? -value : value
}
