import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ByteReader } from '../archive/byte-reader.ts'
import { archiveMagic } from '../archive/contents.ts'
import { damagedError } from '../archive/dump-errors.ts'
import { type ReadProgress, readArchive } from '../archive/read-archive.ts'
import { readPlain } from './read-plain.ts'

/** The contents of a dump of any form. */
export interface DumpRead {
  readonly form: 'archive' | 'plain'
  readonly rows: Readonly<Record<string, number>>
  readonly largeObjects: number
  readonly dumpVersion: string
  /** Whether it is plain SQL that sets owners. */
  readonly owners: boolean
}

const gzipMagic = Buffer.from([0x1f, 0x8b])

/** The contents of a stream, unpacked if it is gzipped. */
export async function* unpackStream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteReader(source)
  if (!(await bytes.hasBytes(2))) return yield* bytes.readRest()
  const head = Buffer.from(await bytes.take(2))
  const all = prependHead(head, bytes)
  if (!head.equals(gzipMagic)) return yield* all
  const gunzip = createGunzip({ chunkSize: 1 << 16 })
  pipeline(Readable.from(all, { objectMode: false }), gunzip, () => undefined)
  try {
    for await (const chunk of gunzip) yield chunk as Buffer
  } catch (error) {
    if (/^Z_/.test(String((error as NodeJS.ErrnoException).code))) throw damagedError(`it cannot be unpacked (${(error as Error).message})`)
    throw error
  }
}

async function* prependHead(head: Buffer, bytes: ByteReader): AsyncGenerator<Uint8Array> {
  yield head
  yield* bytes.readRest()
}

/** Reads a dump of any form to its end, and checks that it is complete. */
export async function readDumpStream(source: AsyncIterable<Uint8Array>, onProgress?: (progress: ReadProgress) => void): Promise<DumpRead> {
  const bytes = new ByteReader(unpackStream(source))
  const hasMagic = await bytes.hasBytes(archiveMagic.length)
  const head = hasMagic ? Buffer.from(await bytes.take(archiveMagic.length)) : Buffer.alloc(0)
  if (!hasMagic) throw damagedError('it is empty or almost empty')
  const all = prependHead(head, bytes)
  if (!head.equals(archiveMagic)) return { form: 'plain', largeObjects: 0, ...(await readPlain(all, onProgress)) }
  const { rows, largeObjects, contents } = await readArchive(all, onProgress)
  return { form: 'archive', rows, largeObjects, dumpVersion: contents.dumpVersion, owners: true }
}
