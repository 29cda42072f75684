import { type CodeContext, DragonfabError } from '@dragonfab/core'
import { readProgramVersion } from '../dumps/make-dump.ts'
import type { Access } from '../server/access.ts'
import { type DatabaseState, major } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { createPostgresError } from '../server/problems.ts'
import { literal, type ServerSession } from '../server/server.ts'
import type { DatabaseNames } from './names.ts'
import type { VerifiedDump } from './restore.ts'

/** Lets one run at a time replace a database, from whichever machine. The server releases the lock when the session ends. */
export async function lockDatabase(session: ServerSession, { live }: DatabaseNames): Promise<void> {
  const [row] = await session.rows<{ held: boolean }>(
    `SELECT pg_try_advisory_lock(hashtext('dragonfab'), hashtext(${literal(live)})) AS held`,
  )
  if (row?.held) return
  const [other] = await session.rows<{ since: string; client: string | null }>(
    `SELECT a.backend_start::text AS since, a.client_addr::text AS client FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objid = hashtext(${literal(live)})::bit(32)::bigint::oid LIMIT 1`,
  )
  throw new DragonfabError({
    code: 'POSTGRES_BUSY',
    message: `another run is replacing ${live}${other ? ` (since ${other.since}${other.client ? `, from ${other.client}` : ''})` : ''}`,
    remedy: 'wait until it has ended, then run this again',
  })
}

/** Finds out at the start what would make the push fail at its end. */
export async function preflight(
  context: CodeContext,
  access: Access,
  { dump, state }: { readonly dump: VerifiedDump; readonly state: DatabaseState },
): Promise<void> {
  if (!state.mayCreate) throw createPostgresError(access.role, 'permission denied to create database')
  if (state.database) {
    const server = openServer(context, access)
    const { oid } = state.database
    const [replication] = await withSession(server, (session) =>
      session.rows<{ slots: string | null; subscriptions: string | null }>(
        `SELECT (SELECT string_agg(slot_name, ', ') FROM pg_replication_slots WHERE datoid = ${oid}) AS slots,
                (SELECT string_agg(subname, ', ') FROM pg_subscription WHERE subdbid = ${oid}) AS subscriptions`,
      ),
    )
    if (replication?.slots || replication?.subscriptions)
      throw new DragonfabError({
        code: 'POSTGRES_REPLICATED',
        message: `${access.database} has logical replication (${[replication.slots, replication.subscriptions].filter(Boolean).join(', ')}), which would stay with the old database`,
        remedy: 'drop the slots or subscriptions first (pg_drop_replication_slot, DROP SUBSCRIPTION), and create them again afterwards',
      })
  }
  const version = await readProgramVersion(dump.form === 'archive' ? 'pg_restore' : 'psql', context, access)
  if (major(dump.dumpVersion) > major(version) && dump.form === 'archive')
    throw new DragonfabError({
      code: 'POSTGRES_VERSION',
      host: context.host,
      message: `pg_restore ${version} on the host is older than the pg_dump that made the dump, ${dump.dumpVersion}`,
      remedy: `install postgresql-client-${major(dump.dumpVersion)} on the host, or set postgres.binDir`,
    })
  const from = dump.manifest?.serverVersion
  if (from !== undefined && major(from) > major(state.serverVersion))
    context.log(`the dump was made by a newer server (${from}) than this one (${state.serverVersion}), which may not accept all of it`)
}
