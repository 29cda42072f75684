import { createInflate, type Inflate } from 'node:zlib'
import { Bytes } from './bytes.ts'
import { type Contents, type Entry, intOf, readContents } from './contents.ts'
import { damaged } from './damaged.ts'

/** What was found in a dump that was read to its end. */
export interface Read {
  /** Rows of each table, by its quoted name (`"public"."users"`). */
  readonly rows: Readonly<Record<string, number>>
  readonly largeObjects: number
  readonly contents: Contents
}

/** How far the reading is. */
export interface Progress {
  readonly bytes: number
  readonly rows: number
  /** The table that is being read. */
  readonly table: string | undefined
}

/** A name as SQL has it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const tableOf = ({ schema, name }: Entry): string => (schema === undefined ? quoted(name) : `${quoted(schema)}.${quoted(name)}`)

/**
 * Reads an archive of `pg_dump -Fc` to its end: every block of data is there, and unpacks whole, by its own checksum where it is compressed.
 * Rejects with POSTGRES_DUMP_DAMAGED where that is not so.
 */
export async function readArchive(source: AsyncIterable<Uint8Array>, told: (progress: Progress) => void = () => undefined): Promise<Read> {
  const bytes = new Bytes(source)
  const contents = await readContents(bytes)
  const waiting = new Map(contents.entries.filter(({ hasData }) => hasData).map((entry) => [entry.id, entry]))
  const rows: Record<string, number> = {}
  let largeObjects = 0
  let total = 0
  while (await bytes.has(1)) {
    const [type = 0] = await bytes.take(1)
    const entry = waiting.get(await numberOf(bytes, contents))
    if (!entry || (type !== 1 && type !== 3)) throw damaged('there is data of nothing that its table of contents knows')
    waiting.delete(entry.id)
    if (type === 3) {
      while ((await numberOf(bytes, contents)) !== 0) {
        await readData(bytes, contents, () => undefined)
        largeObjects++
      }
      continue
    }
    const table = tableOf(entry)
    let lines = 0
    const ended = await readData(bytes, contents, (count) => {
      lines += count
      total += count
      told({ bytes: bytes.taken, rows: total, table })
    })
    if (entry.kind !== 'TABLE DATA' || !entry.copied) continue
    // COPY ends with `\.`, an empty line for its end and one after it.
    rows[table] = lines - ended
    total -= ended
  }
  const [missing] = waiting.values()
  if (missing) throw damaged(`the data of ${tableOf(missing)} is not in it`)
  return { rows, largeObjects, contents }
}

async function numberOf(bytes: Bytes, { intSize }: Contents): Promise<number> {
  return intOf(await bytes.take(1 + intSize))
}

/** The chunks of one block; gives how many of its lines are no rows. */
async function readData(bytes: Bytes, contents: Contents, lines: (count: number) => void): Promise<number> {
  const tail = new Tail()
  const take = (chunk: Buffer): void => {
    lines(newlines(chunk))
    tail.push(chunk)
  }
  const unpacked = contents.compression === 'gzip' ? new Unpacked(take) : undefined
  for (;;) {
    const length = await numberOf(bytes, contents)
    if (length === 0) break
    if (length < 0 || length > 1 << 30) throw damaged('the length of a block makes no sense')
    const chunk = await bytes.take(length)
    if (unpacked) await unpacked.push(chunk)
    else take(chunk)
  }
  await unpacked?.end()
  return tail.ending()
}

function newlines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++
  return count
}

/** The last bytes of a block. */
class Tail {
  #last: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): void {
    this.#last = Buffer.from(chunk.length >= 8 ? chunk.subarray(-8) : Buffer.concat([this.#last, chunk]).subarray(-8))
  }

  /** How many lines at the end are no rows: `\.` and the empty ones that follow. */
  ending(): number {
    const [, after] = /(?:^|\n)\\\.(\n*)$/.exec(this.#last.toString('latin1')) ?? []
    return after?.length ?? 0
  }
}

/** Enough for one trip to the thread that unpacks. */
const atOnce = 1 << 18

/** One block that zlib packed; its end carries a checksum. */
class Unpacked {
  readonly #inflate: Inflate
  readonly #ended: Promise<void>
  #held: Buffer[] = []
  #length = 0

  constructor(take: (chunk: Buffer) => void) {
    this.#inflate = createInflate({ chunkSize: atOnce })
    this.#inflate.on('data', take)
    this.#ended = new Promise((resolve, reject) => {
      this.#inflate.once('end', resolve)
      this.#inflate.once('error', (error) => reject(damaged(`a block does not unpack (${error.message})`)))
    })
    // Whoever pushes or ends is told.
    this.#ended.catch(() => undefined)
  }

  async push(chunk: Buffer): Promise<void> {
    this.#held.push(chunk)
    this.#length += chunk.length
    if (this.#length >= atOnce) await this.#flush()
  }

  async end(): Promise<void> {
    await this.#flush()
    this.#inflate.end()
    await this.#ended
  }

  async #flush(): Promise<void> {
    const all = Buffer.concat(this.#held)
    this.#held = []
    this.#length = 0
    const written = new Promise<void>((resolve) => this.#inflate.write(all, () => resolve()))
    await Promise.race([written, this.#ended])
  }
}
