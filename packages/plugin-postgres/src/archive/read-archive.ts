import { createInflate, type Inflate } from 'node:zlib'
import { ByteReader } from './byte-reader.ts'
import { type ArchiveContents, parseInt64, readContents, type TocEntry } from './contents.ts'
import { damagedError } from './dump-errors.ts'

/** The contents of a dump that was read to its end. */
export interface ArchiveRead {
  /** Rows of each table, by its quoted name (`"public"."users"`). */
  readonly rows: Readonly<Record<string, number>>
  readonly largeObjects: number
  readonly contents: ArchiveContents
}

/** How far a dump has been read. */
export interface ReadProgress {
  readonly bytes: number
  readonly rows: number
  /** The table that is being read. */
  readonly table: string | undefined
}

/** Quotes a name for SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

const qualifiedTable = ({ schema, name }: TocEntry): string =>
  schema === undefined ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`

/**
 * Reads an archive of `pg_dump -Fc` to its end, and checks that every block of data is complete, by its own checksum if it is compressed.
 * Rejects with POSTGRES_DUMP_DAMAGED if one is not.
 */
export async function readArchive(
  source: AsyncIterable<Uint8Array>,
  onProgress: (progress: ReadProgress) => void = () => undefined,
): Promise<ArchiveRead> {
  const bytes = new ByteReader(source)
  const contents = await readContents(bytes)
  const entriesById = new Map(contents.entries.filter(({ hasData }) => hasData).map((entry) => [entry.id, entry]))
  const rows: Record<string, number> = {}
  let largeObjects = 0
  let total = 0
  while (await bytes.hasBytes(1)) {
    const [type = 0] = await bytes.take(1)
    const entry = entriesById.get(await readNumber(bytes, contents))
    if (!entry || (type !== 1 && type !== 3)) throw damagedError('it has data that its table of contents does not mention')
    entriesById.delete(entry.id)
    if (type === 3) {
      while ((await readNumber(bytes, contents)) !== 0) {
        await readData(bytes, contents, () => undefined)
        largeObjects++
      }
      continue
    }
    const table = qualifiedTable(entry)
    let lines = 0
    const nonRows = await readData(bytes, contents, (count) => {
      lines += count
      total += count
      onProgress({ bytes: bytes.takenCount, rows: total, table })
    })
    if (entry.kind !== 'TABLE DATA' || !entry.usesCopy) continue
    // COPY ends with `\.`, an empty line for its end and one after it.
    rows[table] = lines - nonRows
    total -= nonRows
  }
  const [missing] = entriesById.values()
  if (missing) throw damagedError(`the data of ${qualifiedTable(missing)} is missing`)
  return { rows, largeObjects, contents }
}

async function readNumber(bytes: ByteReader, { intSize }: ArchiveContents): Promise<number> {
  return parseInt64(await bytes.take(1 + intSize))
}

/** Reads the chunks of one block. Returns how many of its lines are not rows. */
async function readData(bytes: ByteReader, contents: ArchiveContents, lines: (count: number) => void): Promise<number> {
  const tail = new BlockTail()
  const take = (chunk: Buffer): void => {
    lines(countNewlines(chunk))
    tail.push(chunk)
  }
  const inflater = contents.compression === 'gzip' ? new BlockInflater(take) : undefined
  for (;;) {
    const length = await readNumber(bytes, contents)
    if (length === 0) break
    if (length < 0 || length > 1 << 30) throw damagedError('the length of a block is invalid')
    const chunk = await bytes.take(length)
    if (inflater) await inflater.push(chunk)
    else take(chunk)
  }
  await inflater?.end()
  return tail.countNonRows()
}

function countNewlines(chunk: Buffer): number {
  let count = 0
  for (let index = chunk.indexOf(10); index >= 0; index = chunk.indexOf(10, index + 1)) count++
  return count
}

/** The last bytes of a block. */
class BlockTail {
  #last: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): void {
    this.#last = Buffer.from(chunk.length >= 8 ? chunk.subarray(-8) : Buffer.concat([this.#last, chunk]).subarray(-8))
  }

  /** How many lines at the end are not rows: `\.` and the empty ones after it. */
  countNonRows(): number {
    const [, after] = /(?:^|\n)\\\.(\n*)$/.exec(this.#last.toString('latin1')) ?? []
    return after?.length ?? 0
  }
}

/** Large enough that handing a chunk to the unpacking thread pays off. */
const flushBytes = 1 << 18

/** One block that zlib compressed. It ends with a checksum. */
class BlockInflater {
  readonly #inflate: Inflate
  readonly #completion: Promise<void>
  #pending: Buffer[] = []
  #length = 0

  constructor(take: (chunk: Buffer) => void) {
    this.#inflate = createInflate({ chunkSize: flushBytes })
    this.#inflate.on('data', take)
    this.#completion = new Promise((resolve, reject) => {
      this.#inflate.once('end', resolve)
      this.#inflate.once('error', (error) => reject(damagedError(`a block cannot be unpacked (${error.message})`)))
    })
    // `push` and `end` reject with it.
    this.#completion.catch(() => undefined)
  }

  async push(chunk: Buffer): Promise<void> {
    this.#pending.push(chunk)
    this.#length += chunk.length
    if (this.#length >= flushBytes) await this.#flush()
  }

  async end(): Promise<void> {
    await this.#flush()
    this.#inflate.end()
    await this.#completion
  }

  async #flush(): Promise<void> {
    const all = Buffer.concat(this.#pending)
    this.#pending = []
    this.#length = 0
    const written = new Promise<void>((resolve) => this.#inflate.write(all, () => resolve()))
    await Promise.race([written, this.#completion])
  }
}
