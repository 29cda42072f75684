import { DragonfabError } from '@dragonfab/core'
import { damagedError } from '../archive/dump-errors.ts'
import { quoteName, type ReadProgress } from '../archive/read-archive.ts'

export interface PlainDumpRead {
  readonly rows: Readonly<Record<string, number>>
  readonly dumpVersion: string
  readonly owners: boolean
}

const copyLine = /^COPY (.+?)(?: \(.*\))? FROM stdin;$/
/** How much of a line is read. The rest of a long row does not matter. */
const maxLineLength = 4096

/**
 * Reads plain SQL to its end. pg_dump's last line shows that the dump is complete. A dump that connects to another database (`\connect`, pg_dumpall)
 * is refused, because it would not be restored into the intended one.
 */
export async function readPlain(
  source: AsyncIterable<Uint8Array>,
  onProgress: (progress: ReadProgress) => void = () => undefined,
): Promise<PlainDumpRead> {
  const rows: Record<string, number> = {}
  const scan = { table: undefined as string | undefined, version: '', owners: false, head: false, complete: false, rows: 0, bytes: 0 }
  for await (const line of readLines(source, (bytes) => {
    scan.bytes += bytes
    onProgress({ bytes: scan.bytes, rows: scan.rows, table: scan.table })
  })) {
    if (scan.table !== undefined) {
      if (line === '\\.') scan.table = undefined
      else {
        rows[scan.table] = (rows[scan.table] ?? 0) + 1
        scan.rows++
      }
      continue
    }
    if (/^\\c(onnect)?\s/.test(line)) throw otherDatabaseError(line)
    if (/^-- PostgreSQL database cluster dump/.test(line)) throw otherDatabaseError('a dump of pg_dumpall')
    const table = copyLine.exec(line)?.[1]
    if (table !== undefined) {
      // Lines are read as bytes, but a name is text.
      scan.table = normalizeTable(Buffer.from(table, 'latin1').toString())
      rows[scan.table] ??= 0
    }
    scan.head ||= line === '-- PostgreSQL database dump'
    scan.complete ||= line === '-- PostgreSQL database dump complete'
    scan.version ||= /^-- Dumped by pg_dump version (.*)/.exec(line)?.[1] ?? ''
    scan.owners ||= / OWNER TO /.test(line)
  }
  if (scan.table !== undefined) throw damagedError(`it ends within the rows of ${scan.table}`)
  if (scan.head && !scan.complete) throw damagedError('it ends before the last line that pg_dump writes')
  return { rows, dumpVersion: scan.version, owners: scan.owners }
}

function otherDatabaseError(what: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_OTHER_DATABASE',
    message: `the dump connects to another database: ${what}`,
    remedy: 'dump one database, without -C: pg_dump -Fc',
  })
}

/** `public.users` as we write it: each part quoted. */
function normalizeTable(table: string): string {
  const parts = table.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [table]
  return parts.map((part) => (part.startsWith('"') ? part : quoteName(part))).join('.')
}

/** Lines, each cut to `maxLineLength`. */
async function* readLines(source: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): AsyncGenerator<string> {
  let partialLine = ''
  for await (const chunk of source) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    onBytes(buffer.length)
    let from = 0
    for (let newline = buffer.indexOf(10); newline >= 0; newline = buffer.indexOf(10, from)) {
      const room = Math.max(0, maxLineLength - partialLine.length)
      yield partialLine + buffer.toString('latin1', from, Math.min(newline, from + room))
      partialLine = ''
      from = newline + 1
    }
    const room = Math.max(0, maxLineLength - partialLine.length)
    partialLine += buffer.toString('latin1', from, Math.min(buffer.length, from + room))
  }
  if (partialLine) yield partialLine
}
