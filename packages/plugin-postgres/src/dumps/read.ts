import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Bytes } from '../archive/bytes.ts'
import { magic } from '../archive/contents.ts'
import { damaged } from '../archive/damaged.ts'
import { type Progress, readArchive } from '../archive/read.ts'
import { readPlain } from './plain.ts'

/** What a dump of any form turned out to be. */
export interface DumpRead {
  readonly form: 'archive' | 'plain'
  readonly rows: Readonly<Record<string, number>>
  readonly largeObjects: number
  readonly dumpVersion: string
  /** Plain SQL that says who owns what. */
  readonly owners: boolean
}

const gzip = Buffer.from([0x1f, 0x8b])

/** What is in a stream, unpacked where it is a .gz. */
export async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new Bytes(source)
  if (!(await bytes.has(2))) return yield* bytes.rest()
  const head = Buffer.from(await bytes.take(2))
  const all = joined(head, bytes)
  if (!head.equals(gzip)) return yield* all
  const gunzip = createGunzip({ chunkSize: 1 << 16 })
  pipeline(Readable.from(all, { objectMode: false }), gunzip, () => undefined)
  try {
    for await (const chunk of gunzip) yield chunk as Buffer
  } catch (error) {
    if (/^Z_/.test(String((error as NodeJS.ErrnoException).code))) throw damaged(`it does not unpack (${(error as Error).message})`)
    throw error
  }
}

async function* joined(head: Buffer, bytes: Bytes): AsyncGenerator<Uint8Array> {
  yield head
  yield* bytes.rest()
}

/** Reads a dump to its end, whatever its form, and finds out whether it is whole. */
export async function readDumpStream(source: AsyncIterable<Uint8Array>, told?: (progress: Progress) => void): Promise<DumpRead> {
  const bytes = new Bytes(unpacked(source))
  const there = await bytes.has(magic.length)
  const head = there ? Buffer.from(await bytes.take(magic.length)) : Buffer.alloc(0)
  if (!there) throw damaged('it is empty, or ends at once')
  const all = joined(head, bytes)
  if (!head.equals(magic)) return { form: 'plain', largeObjects: 0, ...(await readPlain(all, told)) }
  const { rows, largeObjects, contents } = await readArchive(all, told)
  return { form: 'archive', rows, largeObjects, dumpVersion: contents.dumpVersion, owners: true }
}
