import { setTimeout as pause } from 'node:timers/promises'
import { DragonfabError, exit, isDragonfabError } from '@dragonfab/core'
import { quoted } from '../archive/read.ts'
import { asking } from '../server/open.ts'
import { literal, type Server } from '../server/server.ts'
import type { Names } from './names.ts'

/** Which databases change names; each is named by what it is, too. */
export interface Swap {
  readonly names: Names
  /** The live one; undefined where there is none yet. */
  readonly live: number | undefined
  /** What becomes the live one, and what it is called now. */
  readonly fresh: { readonly oid: number; readonly name: string }
}

/** Milliseconds that clients may wait at most; then it is put off. */
const patience = 900
const attempts = 5

/**
 * Renames the databases in one transaction: clients are with the old one until it ends, and with the new one after it. While it holds the old one
 * locked, so that nobody can come in, a second session ends those that are in.
 */
export async function swap(server: Server, change: Swap): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await once(server, change)
      return
    } catch (error) {
      // The answer may be lost of what was done.
      const now = await liveOid(server, change.names.live)
      if (now === change.fresh.oid) return
      if (now !== change.live || attempt === attempts || !isDragonfabError(error) || !inTheWay.test(error.problems[0]?.cause ?? ''))
        throw error
      await pause(1000)
    }
  }
}

/** Somebody who could not be ended in time, or holds a lock. */
const inTheWay = /57014|55P03|55006|statement timeout|being accessed by other users/

async function once(server: Server, { names, live, fresh }: Swap): Promise<void> {
  const [here] = await asking(server, (session) =>
    session.rows<{ previous: number | null; gone: number | null }>(
      `SELECT (SELECT oid FROM pg_database WHERE datname = ${literal(names.previous)})::int8 AS previous,
              (SELECT oid FROM pg_database WHERE datname = ${literal(names.gone)})::int8 AS gone`,
    ),
  )
  const { previous = null, gone = null } = here ?? {}
  // What was kept before goes; unless it is what comes back.
  const goes = previous !== null && previous !== fresh.oid && live !== undefined
  if (goes && gone !== null) await asking(server, (session) => session.run(dropStatement(names.gone)))
  const rename = (from: string, to: string): string => `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)}`
  const between = fresh.name === names.previous ? names.fresh : fresh.name
  const statements = [
    'BEGIN',
    `SET LOCAL statement_timeout TO ${patience}`,
    asExpected(names, live, fresh),
    ...(between === fresh.name ? [] : [rename(fresh.name, between)]),
    ...(goes ? [rename(names.previous, names.gone)] : []),
    ...(live === undefined ? [] : [rename(names.live, names.previous)]),
    rename(between, names.live),
    'COMMIT',
  ]
  const others = [live, previous, fresh.oid].filter((oid) => typeof oid === 'number')
  const [session, killer] = await Promise.all([server.session(), server.session()])
  try {
    const ending = live === undefined ? Promise.resolve() : killer.run(endOthers(names.live, live, others))
    ending.catch(() => undefined)
    await session.run(statements.join(';\n'))
  } finally {
    await Promise.all([session.close(), killer.close()])
  }
}

export const dropStatement = (name: string): string => `DROP DATABASE IF EXISTS ${quoted(name)}`

/** Nobody else may have changed names meanwhile. */
function asExpected(names: Names, live: number | undefined, fresh: Swap['fresh']): string {
  const oid = (name: string): string => `(SELECT oid FROM pg_database WHERE datname = ${literal(name)})`
  return `DO $dragonfab$ BEGIN
  IF ${oid(names.live)} IS DISTINCT FROM ${live ?? 'NULL::oid'} OR ${oid(fresh.name)} IS DISTINCT FROM ${fresh.oid} THEN
    RAISE EXCEPTION 'somebody else has renamed databases meanwhile';
  END IF;
END $dragonfab$`
}

/** Ends who is connected, over and over, from when the live database is locked until it is renamed. */
function endOthers(name: string, live: number, others: readonly number[]): string {
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

/** What the name leads to now, asked until there is an answer. */
async function liveOid(server: Server, name: string): Promise<number | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const [row] = await asking(server, (session) =>
        session.rows<{ oid: number }>(`SELECT oid::int8 AS oid FROM pg_database WHERE datname = ${literal(name)}`),
      )
      return row?.oid
    } catch (error) {
      if (attempt < 15) await pause(2000)
      else
        throw new DragonfabError(
          {
            code: 'POSTGRES_UNKNOWN',
            message: `the connection was lost while ${name} was replaced, and whether it was is not known: all of it, or nothing`,
            cause: error instanceof Error ? error.message : undefined,
            remedy: 'ask again when the host can be reached: `database.backups`',
          },
          exit.unknown,
        )
    }
  }
}
