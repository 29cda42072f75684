import { DragonfabError } from '@dragonfab/core'
import { quoteName } from '../archive/read-archive.ts'
import type { DumpRead } from '../dumps/read-dump.ts'
import type { ServerSession } from '../server/server.ts'
import { literal } from '../server/server.ts'

/** How many tables one query counts. */
const tablesPerQuery = 100

/** Tables that CREATE EXTENSION fills. A dump has only the rows that were added to them. */
const extensionTablesSql = `SELECT n.nspname AS schema, c.relname AS name FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig) t(oid)
  JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace`

/** Checks that each table has as many rows as the dump, or more if an extension adds its own. */
export async function compareCounts(
  session: ServerSession,
  { rows, largeObjects }: Pick<DumpRead, 'rows' | 'largeObjects'>,
): Promise<void> {
  const tables = Object.keys(rows)
  const wrong: string[] = []
  const extensionTables = await session.rows<{ schema: string; name: string }>(extensionTablesSql)
  const extensionTableNames = new Set(extensionTables.map(({ schema, name }) => `${quoteName(schema)}.${quoteName(name)}`))
  for (let from = 0; from < tables.length; from += tablesPerQuery) {
    const some = tables.slice(from, from + tablesPerQuery)
    const found = await session.rows<{ name: string; count: number }>(
      some.map((name) => `SELECT ${literal(name)}::text AS name, count(*) AS count FROM ONLY ${name}`).join(' UNION ALL '),
    )
    for (const { name, count } of found) {
      const expected = rows[name] ?? 0
      if (extensionTableNames.has(name) ? count < expected : count !== expected)
        wrong.push(`${name} has ${count} rows, but the dump has ${expected}`)
    }
  }
  const [objects] = await session.rows<{ count: number }>('SELECT count(*) AS count FROM pg_largeobject_metadata')
  if (largeObjects && objects?.count !== largeObjects)
    wrong.push(`there are ${objects?.count} large objects, but the dump has ${largeObjects}`)
  if (!wrong.length) return
  throw new DragonfabError({
    code: 'POSTGRES_COUNTS',
    message: `the restored database differs from the dump: ${wrong.slice(0, 5).join('; ')}${wrong.length > 5 ? `; and ${wrong.length - 5} more` : ''}`,
    remedy: 'the live database is unchanged; check the triggers and rules of these tables',
  })
}
