import type { ByteReader } from './byte-reader.ts'
import { damagedError, unreadableError } from './dump-errors.ts'

/** One entry of an archive's table of contents: what pg_dump calls a TocEntry. */
export interface TocEntry {
  readonly id: number
  /** Whether the archive has data for it. */
  readonly hasData: boolean
  /** `TABLE DATA`, `EXTENSION`, … */
  readonly kind: string
  readonly schema: string | undefined
  /** `users`, or for functions with their arguments. */
  readonly name: string
  readonly owner: string
  /** Whether its data is lines for COPY, one per row. */
  readonly usesCopy: boolean
}

/** The head of an archive of `pg_dump -Fc`. */
export interface ArchiveContents {
  /** 14 in `1.14`, of the archive's own format. */
  readonly format: number
  readonly compression: 'none' | 'gzip'
  readonly database: string
  readonly serverVersion: string
  readonly dumpVersion: string
  readonly entries: readonly TocEntry[]
  /** Bytes of a number in this archive. */
  readonly intSize: number
  /** The whole head with other owners. The rest is unchanged. */
  withOwners(change: (entry: TocEntry) => string): Buffer
}

/** The first bytes of an archive. */
export const archiveMagic = Buffer.from('PGDMP')

// src/bin/pg_dump/pg_backup_archiver.c: 1.12 is PostgreSQL 9.0, 1.14 is 12, 1.15 is 16, 1.16 is 17.
const oldestFormat = 12
const newestFormat = 16
/** No text in a table of contents is longer. A larger number means damage. */
const maxTextLength = 1 << 28

interface OwnerPosition {
  readonly entry: TocEntry
  /** Where its owner's name is in the head. */
  readonly from: number
  readonly to: number
}

/** Reads the head: ReadHead and ReadToc of pg_backup_archiver.c. What follows in `bytes` is data. */
export async function readContents(bytes: ByteReader): Promise<ArchiveContents> {
  const head = new HeadReader(bytes)
  if (!(await head.take(5)).equals(archiveMagic)) throw damagedError('it is not an archive of pg_dump')
  const [major = 0, format = 0, , intSize = 0, offsetSize = 0, kind = 0] = await head.take(6)
  if (major !== 1 || format < oldestFormat || format > newestFormat)
    throw unreadableError(`its format is ${major}.${format}, but only 1.${oldestFormat} to 1.${newestFormat} are supported`)
  if (kind !== 1) throw unreadableError('it is an archive, but not in the custom format')
  if (intSize < 4 || intSize > 8 || offsetSize < 4 || offsetSize > 8) throw damagedError('its head is invalid')
  head.intSize = intSize
  const compression = await readCompression(head, format)
  // The time at which it was made.
  for (let part = 0; part < 7; part++) await head.readInt()
  const database = (await head.readText()) ?? ''
  const serverVersion = (await head.readText()) ?? ''
  const dumpVersion = (await head.readText()) ?? ''
  const count = await head.readInt()
  if (count < 0 || count > 50_000_000) throw damagedError('its table of contents is invalid')
  const owners: OwnerPosition[] = []
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
    withOwners: (change) => rewriteOwners(head, owners, change),
  }
}

async function readCompression(head: HeadReader, format: number): Promise<'none' | 'gzip'> {
  if (format < 15) return (await head.readInt()) === 0 ? 'none' : 'gzip'
  const [algorithm = 0] = await head.take(1)
  if (algorithm > 1)
    throw unreadableError(`it is compressed with ${algorithm === 2 ? 'lz4' : algorithm === 3 ? 'zstd' : 'an unknown algorithm'}`)
  return algorithm === 0 ? 'none' : 'gzip'
}

async function readEntry(head: HeadReader, format: number, offsetSize: number): Promise<OwnerPosition> {
  const id = await head.readInt()
  const hasData = (await head.readInt()) !== 0
  await head.readText()
  await head.readText()
  const name = (await head.readText()) ?? ''
  const kind = (await head.readText()) ?? ''
  await head.readInt()
  // Its definition, and the statement that drops it.
  await head.readText()
  await head.readText()
  const usesCopy = !!(await head.readText())
  const schema = await head.readText()
  // Tablespace; access method since 1.14; kind of relation since 1.16.
  await head.readText()
  if (format >= 14) await head.readText()
  if (format >= 16) await head.readInt()
  const from = head.length
  const owner = (await head.readText()) ?? ''
  const to = head.length
  await head.readText()
  // Its dependencies.
  while ((await head.readText()) !== undefined);
  await head.take(1 + offsetSize)
  return { entry: { id, hasData, kind, schema, name, owner, usesCopy }, from, to }
}

function rewriteOwners(head: HeadReader, owners: readonly OwnerPosition[], change: (entry: TocEntry) => string): Buffer {
  const before = head.allBytes()
  const parts: Buffer[] = []
  let position = 0
  for (const { entry, from, to } of owners) {
    const owner = change(entry)
    if (owner === entry.owner) continue
    const text = Buffer.from(owner)
    const length = Buffer.alloc(1 + head.intSize)
    length.writeUInt32LE(text.length, 1)
    parts.push(before.subarray(position, from), length, text)
    position = to
  }
  return Buffer.concat([...parts, before.subarray(position)])
}

/** Reads the head, and keeps its bytes. */
class HeadReader {
  readonly #bytes: ByteReader
  readonly #chunks: Buffer[] = []
  intSize = 4
  length = 0

  constructor(bytes: ByteReader) {
    this.#bytes = bytes
  }

  async take(count: number): Promise<Buffer> {
    const chunk = Buffer.from(await this.#bytes.take(count))
    this.#chunks.push(chunk)
    this.length += count
    return chunk
  }

  /** A sign, then its bytes, the lowest first. */
  async readInt(): Promise<number> {
    return parseInt64(await this.take(1 + this.intSize))
  }

  async readText(): Promise<string | undefined> {
    const length = await this.readInt()
    if (length < 0) return undefined
    if (length > maxTextLength) throw damagedError('its table of contents is invalid')
    return (await this.take(length)).toString()
  }

  allBytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** A number of an archive. */
export function parseInt64(bytes: Buffer): number {
  let value = 0
  for (let index = bytes.length - 1; index > 0; index--) value = value * 256 + (bytes[index] ?? 0)
  return bytes[0] ? -value : value
}
