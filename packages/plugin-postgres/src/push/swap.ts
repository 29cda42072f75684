import { setTimeout as pause } from 'node:timers/promises'
import { DragonfabError, exitStatus, isDragonfabError } from '@dragonfab/core'
import { quoteName } from '../archive/read-archive.ts'
import { withSession } from '../server/open-server.ts'
import { literal, type Server } from '../server/server.ts'
import type { DatabaseNames } from './names.ts'

/** The databases to rename, with their oids, so that no other database of that name is taken for them. */
export interface SwapRequest {
  readonly names: DatabaseNames
  /** The live one's oid; undefined if there is none yet. */
  readonly live: number | undefined
  /** The one that becomes live, and its current name. */
  readonly fresh: { readonly oid: number; readonly name: string }
}

/** How long clients wait at most, in milliseconds. After that, the swap is tried again. */
const maxWaitMs = 900
const maxAttempts = 5

/**
 * Renames the databases in one transaction: clients use the old one until it ends, and the new one after it. While the transaction locks the old one, so
 * that nobody can connect, a second session ends the connections to it.
 */
export async function swapDatabases(server: Server, change: SwapRequest): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await trySwap(server, change)
      return
    } catch (error) {
      // The rename may be done although its answer was lost.
      const now = await readLiveOid(server, change.names.live)
      if (now === change.fresh.oid) return
      if (
        now !== change.live ||
        attempt === maxAttempts ||
        !isDragonfabError(error) ||
        !retryableErrors.test(error.problems[0]?.cause ?? '')
      )
        throw error
      await pause(1000)
    }
  }
}

/** A client could not be disconnected in time, or holds a lock. */
const retryableErrors = /57014|55P03|55006|statement timeout|being accessed by other users/

async function trySwap(server: Server, { names, live, fresh }: SwapRequest): Promise<void> {
  const [existing] = await withSession(server, (session) =>
    session.rows<{ previous: number | null; obsolete: number | null }>(
      `SELECT (SELECT oid FROM pg_database WHERE datname = ${literal(names.previous)})::int8 AS previous,
              (SELECT oid FROM pg_database WHERE datname = ${literal(names.obsolete)})::int8 AS obsolete`,
    ),
  )
  const { previous = null, obsolete = null } = existing ?? {}
  // The database that was kept before is dropped, unless it is the one to restore.
  const movesPrevious = previous !== null && previous !== fresh.oid && live !== undefined
  if (movesPrevious && obsolete !== null) await withSession(server, (session) => session.run(dropDatabaseSql(names.obsolete)))
  const renameSql = (from: string, to: string): string => `ALTER DATABASE ${quoteName(from)} RENAME TO ${quoteName(to)}`
  const freshName = fresh.name === names.previous ? names.fresh : fresh.name
  const statements = [
    'BEGIN',
    `SET LOCAL statement_timeout TO ${maxWaitMs}`,
    assertUnchangedSql(names, live, fresh),
    ...(freshName === fresh.name ? [] : [renameSql(fresh.name, freshName)]),
    ...(movesPrevious ? [renameSql(names.previous, names.obsolete)] : []),
    ...(live === undefined ? [] : [renameSql(names.live, names.previous)]),
    renameSql(freshName, names.live),
    'COMMIT',
  ]
  const others = [live, previous, fresh.oid].filter((oid) => typeof oid === 'number')
  const [session, killer] = await Promise.all([server.session(), server.session()])
  try {
    const ending = live === undefined ? Promise.resolve() : killer.run(endOtherSessionsSql(names.live, live, others))
    ending.catch(() => undefined)
    await session.run(statements.join(';\n'))
  } finally {
    await Promise.all([session.close(), killer.close()])
  }
}

export const dropDatabaseSql = (name: string): string => `DROP DATABASE IF EXISTS ${quoteName(name)}`

/** Checks that no other client has renamed the databases in the meantime. */
function assertUnchangedSql(names: DatabaseNames, live: number | undefined, fresh: SwapRequest['fresh']): string {
  const oid = (name: string): string => `(SELECT oid FROM pg_database WHERE datname = ${literal(name)})`
  return `DO $dragonfab$ BEGIN
  IF ${oid(names.live)} IS DISTINCT FROM ${live ?? 'NULL::oid'} OR ${oid(fresh.name)} IS DISTINCT FROM ${fresh.oid} THEN
    RAISE EXCEPTION 'another client has renamed the databases in the meantime';
  END IF;
END $dragonfab$`
}

/** Ends connections again and again, from when the live database is locked until it is renamed. */
function endOtherSessionsSql(name: string, live: number, others: readonly number[]): string {
  return `DO $dragonfab$ BEGIN
  FOR i IN 1..300 LOOP
    EXIT WHEN NOT EXISTS (SELECT FROM pg_database WHERE oid = ${live} AND datname = ${literal(name)});
    IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_database'::regclass AND objid = ${live}
               AND mode = 'AccessExclusiveLock' AND granted) THEN
      PERFORM pg_stat_clear_snapshot();
      PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datid IN (${others.join(', ')}) AND pid <> pg_backend_pid();
    END IF;
    PERFORM pg_sleep(0.005);
  END LOOP;
END $dragonfab$`
}

/** The oid that the name has now. Asks until there is an answer. */
async function readLiveOid(server: Server, name: string): Promise<number | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const [row] = await withSession(server, (session) =>
        session.rows<{ oid: number }>(`SELECT oid::int8 AS oid FROM pg_database WHERE datname = ${literal(name)}`),
      )
      return row?.oid
    } catch (error) {
      if (attempt < 15) await pause(2000)
      else
        throw new DragonfabError(
          {
            code: 'POSTGRES_UNKNOWN',
            message: `the connection was lost while ${name} was being replaced; it is either replaced or unchanged`,
            cause: error instanceof Error ? error.message : undefined,
            remedy: 'run `database.backups` when the host is reachable again; it shows the databases on the server',
          },
          exitStatus.unknown,
        )
    }
  }
}
