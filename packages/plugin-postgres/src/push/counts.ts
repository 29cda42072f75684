import { DragonfabError } from '@dragonfab/core'
import type { DumpRead } from '../dumps/read.ts'
import type { ServerSession } from '../server/server.ts'
import { literal } from '../server/server.ts'

/** Tables that one question is about. */
const atOnce = 100

/** Whether each table has as many rows as the dump has. */
export async function compareCounts(
  session: ServerSession,
  { rows, largeObjects }: Pick<DumpRead, 'rows' | 'largeObjects'>,
): Promise<void> {
  const tables = Object.keys(rows)
  const wrong: string[] = []
  for (let from = 0; from < tables.length; from += atOnce) {
    const some = tables.slice(from, from + atOnce)
    const found = await session.rows<{ name: string; count: number }>(
      some.map((name) => `SELECT ${literal(name)}::text AS name, count(*) AS count FROM ONLY ${name}`).join(' UNION ALL '),
    )
    for (const { name, count } of found) if (count !== rows[name]) wrong.push(`${name} has ${count} rows, and the dump ${rows[name]}`)
  }
  const [objects] = await session.rows<{ count: number }>('SELECT count(*) AS count FROM pg_largeobject_metadata')
  if (largeObjects && objects?.count !== largeObjects)
    wrong.push(`there are ${objects?.count} large objects, and in the dump ${largeObjects}`)
  if (!wrong.length) return
  throw new DragonfabError({
    code: 'POSTGRES_COUNTS',
    message: `the restored database differs from the dump: ${wrong.slice(0, 5).join('; ')}${wrong.length > 5 ? `; and ${wrong.length - 5} more` : ''}`,
    remedy: 'the live database is as it was; look at what the tables do when rows are copied into them',
  })
}
