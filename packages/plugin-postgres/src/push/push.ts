import type { CodeContext } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { quoteName } from '../archive/read-archive.ts'
import { describeRows } from '../dumps/make-dump.ts'
import type { Access } from '../server/access.ts'
import type { DatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { createPostgresError } from '../server/problems.ts'
import { literal, type ServerSession } from '../server/server.ts'
import { compareCounts } from './counts.ts'
import { createDatabaseSql, readBelongings } from './create.ts'
import { dropDatabase, dropLeftovers, reportPrevious } from './leftovers.ts'
import { namesOf } from './names.ts'
import { lockDatabase, preflight } from './preflight.ts'
import { restoreDump, type VerifiedDump } from './restore.ts'
import { swapDatabases } from './swap.ts'

/** The options of a push, besides the dump. */
export interface PushRequest {
  /** The database's owner; by default the owner of the database that is replaced, else the role named like the database. */
  readonly owner: string | undefined
  readonly grants: boolean
}

/**
 * Replaces a database by a dump: restores the dump beside it, compares, then renames both in one transaction. The last replaced database is kept.
 * If anything fails, the live database is unchanged, and the new one is dropped.
 */
export async function replaceDatabase(
  context: CodeContext,
  access: Access,
  work: {
    readonly dump: VerifiedDump
    readonly request: PushRequest
    readonly state: DatabaseState
    /** Changes the restored database before it becomes the live one. Until then nobody else may connect to it. */
    readonly beforeSwap?: ((session: ServerSession) => Promise<void>) | undefined
  },
): Promise<void> {
  const { dump, request, state, beforeSwap } = work
  // Without superuser rights we would lock ourselves out too.
  const connectRevoked = beforeSwap !== undefined && state.superuser
  const names = namesOf(access.database)
  // Not the step's signal: after an interrupt the server must still be reachable, to finish or to clean up.
  const server = openServer({ executor: context.executor, signal: new AbortController().signal }, access)
  const holder = await server.session()
  try {
    await lockDatabase(holder, names)
    await preflight(context, access, work)
    const owner = request.owner ?? state.database?.owner ?? access.database
    await dropLeftovers(server, names)
    const { into, settings } = { into: names.fresh, settings: dump.manifest?.settings }
    await holder.run(await createDatabaseSql(holder, into, { state, owner, settings }))
    try {
      if (connectRevoked) await holder.run(`REVOKE CONNECT ON DATABASE ${quoteName(into)} FROM PUBLIC, ${quoteName(owner)}`)
      await restoreDump(context, dump, { access, into, owner, grants: request.grants })
      context.progress('comparing the rows of all tables')
      await withSession(server, (session) => compareCounts(session, dump), into)
      if (beforeSwap) await withSession(server, beforeSwap, into)
      if (connectRevoked) await holder.run(`GRANT CONNECT ON DATABASE ${quoteName(into)} TO PUBLIC, ${quoteName(owner)}`)
      await withSession(server, (session) => session.run('ANALYZE'), into)
      if (state.database) await holder.run(...(await readBelongings(holder, state.database, into)))
      const [fresh] = await holder.rows<{ oid: number; bytes: number }>(
        `SELECT oid::int8 AS oid, pg_database_size(oid) AS bytes FROM pg_database WHERE datname = ${literal(into)}`,
      )
      if (!fresh) throw createPostgresError(into, 'it no longer exists')
      context.signal.throwIfAborted()
      await swapDatabases(server, { names, live: state.database?.oid, fresh: { oid: fresh.oid, name: into } })
      context.log(`${access.database} now contains ${dump.name}: ${describeRows(dump)}, ${formatSize(fresh.bytes)}, owned by ${owner}`)
    } catch (error) {
      await dropDatabase(server, into).catch(() => undefined)
      throw error
    }
    if (state.database) await reportPrevious(context, server, names)
  } finally {
    await holder.close()
  }
}
