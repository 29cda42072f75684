import type { CodeContext } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { withSession } from '../server/open-server.ts'
import { literal, type Server } from '../server/server.ts'
import type { DatabaseNames } from './names.ts'
import { dropDatabaseSql } from './swap.ts'

/** Drops the databases that a killed run left behind. */
export async function dropLeftovers(server: Server, names: DatabaseNames): Promise<void> {
  for (const name of [names.fresh, names.obsolete]) await dropDatabase(server, name)
}

/** Drops a database that Dragonfab made, and ends the connections to it. */
export async function dropDatabase(server: Server, name: string): Promise<void> {
  await withSession(server, async (session) => {
    for (let attempt = 1; ; attempt++) {
      await session.rows(
        `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE datname = ${literal(name)} AND pid <> pg_backend_pid()`,
      )
      const [busy] = await session.rows(
        `SELECT 1 AS one FROM pg_stat_activity WHERE datname = ${literal(name)} AND pid <> pg_backend_pid()`,
      )
      if (busy && attempt < 100) await session.run('SELECT pg_sleep(0.05)')
      else break
    }
    await session.run(dropDatabaseSql(name))
  })
}

/** Drops the database that the previous push kept, and reports which one is kept now. It never fails, because the swap is already done. */
export async function reportPrevious(context: CodeContext, server: Server, names: DatabaseNames): Promise<void> {
  await dropDatabase(server, names.obsolete).catch((error: Error) =>
    context.log(`${names.obsolete} could not be dropped; the next push tries again: ${error.message}`),
  )
  const [previous] = await withSession(server, (session) =>
    session.rows<{ bytes: number }>(`SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = ${literal(names.previous)}`),
  ).catch((error: Error) => {
    context.log(`replaced; the size of the old database is unknown: ${error.message}`)
    return []
  })
  if (previous)
    context.log(
      `the old database is kept as ${names.previous}, ${formatSize(previous.bytes)}: \`database.restore:previous\` restores it, \`DROP DATABASE "${names.previous.replaceAll('"', '""')}"\` frees the space`,
    )
}
