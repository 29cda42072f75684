import { DragonfabError } from '@dragonfab/core'
import { damaged } from '../archive/damaged.ts'
import { type Progress, quoted } from '../archive/read.ts'

export interface PlainRead {
  readonly rows: Readonly<Record<string, number>>
  readonly dumpVersion: string
  readonly owners: boolean
}

const copy = /^COPY (.+?)(?: \(.*\))? FROM stdin;$/
/** Only so much of a line is looked at: a row may be as long as it likes. */
const looked = 4096

/**
 * Reads plain SQL to its end. That pg_dump has written it to its end is known by its last words; what leads to another database (`\connect`,
 * pg_dumpall) is refused, since it would get past the one that it is restored into.
 */
export async function readPlain(
  source: AsyncIterable<Uint8Array>,
  told: (progress: Progress) => void = () => undefined,
): Promise<PlainRead> {
  const rows: Record<string, number> = {}
  const about = { table: undefined as string | undefined, version: '', owners: false, head: false, complete: false, rows: 0, bytes: 0 }
  for await (const line of linesOf(source, (bytes) => {
    about.bytes += bytes
    told({ bytes: about.bytes, rows: about.rows, table: about.table })
  })) {
    if (about.table !== undefined) {
      if (line === '\\.') about.table = undefined
      else {
        rows[about.table] = (rows[about.table] ?? 0) + 1
        about.rows++
      }
      continue
    }
    if (/^\\c(onnect)?\s/.test(line)) throw elsewhere(line)
    if (/^-- PostgreSQL database cluster dump/.test(line)) throw elsewhere('a dump of pg_dumpall')
    const table = copy.exec(line)?.[1]
    if (table !== undefined) {
      // Lines are read byte by byte, whatever is in them; a name is text.
      about.table = nameOf(Buffer.from(table, 'latin1').toString())
      rows[about.table] ??= 0
    }
    about.head ||= line === '-- PostgreSQL database dump'
    about.complete ||= line === '-- PostgreSQL database dump complete'
    about.version ||= /^-- Dumped by pg_dump version (.*)/.exec(line)?.[1] ?? ''
    about.owners ||= / OWNER TO /.test(line)
  }
  if (about.table !== undefined) throw damaged(`it ends within the rows of ${about.table}`)
  if (about.head && !about.complete) throw damaged('it ends before pg_dump had written all of it')
  return { rows, dumpVersion: about.version, owners: about.owners }
}

function elsewhere(what: string): DragonfabError {
  return new DragonfabError({
    code: 'POSTGRES_DUMP_ELSEWHERE',
    message: `the dump leads to another database: ${what}`,
    remedy: 'make it without -C, of one database: pg_dump -Fc',
  })
}

/** `public.users` as we write it: each part quoted. */
function nameOf(table: string): string {
  const parts = table.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [table]
  return parts.map((part) => (part.startsWith('"') ? part : quoted(part))).join('.')
}

/** Lines, each cut to what is looked at. */
async function* linesOf(source: AsyncIterable<Uint8Array>, told: (bytes: number) => void): AsyncGenerator<string> {
  let held = ''
  for await (const chunk of source) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    told(buffer.length)
    let from = 0
    for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, from)) {
      const room = Math.max(0, looked - held.length)
      yield held + buffer.toString('latin1', from, Math.min(at, from + room))
      held = ''
      from = at + 1
    }
    const room = Math.max(0, looked - held.length)
    held += buffer.toString('latin1', from, Math.min(buffer.length, from + room))
  }
  if (held) yield held
}
