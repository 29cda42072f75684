import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type CodeContext, DragonfabError } from '@dragonfab/core'
import { quoteName } from '../archive/read-archive.ts'
import { changedDumpError, hashFile, readDumpAt } from '../dumps/folder.ts'
import { describeRows, readProgramVersion } from '../dumps/make-dump.ts'
import { readDumpStream } from '../dumps/read-dump.ts'
import { formatCount, formatSize } from '../format-amounts.ts'
import type { Access } from '../server/access.ts'
import { type DatabaseState, major, queryDatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { createPostgresError } from '../server/problems.ts'
import { literal, type Server, type ServerSession } from '../server/server.ts'
import { compareCounts } from './counts.ts'
import { createDatabaseSql, readBelongings } from './create.ts'
import { type DatabaseNames, namesOf } from './names.ts'
import { restoreDump, type VerifiedDump } from './restore.ts'
import { dropDatabaseSql, swapDatabases } from './swap.ts'

/** What a push needs to know besides the dump. */
export interface PushRequest {
  /** Who owns the database; by default who owns the one that is there, else the database's name. */
  readonly owner: string | undefined
  readonly grants: boolean
}

/** Reads a file to its end, and finds out whether it is a whole dump: one of ours by its SHA-256, which was read to its end when it was made. */
export async function verifyDump(file: string, name: string, context: Pick<CodeContext, 'progress' | 'signal'>): Promise<VerifiedDump> {
  const { size: bytes } = await stat(file).catch(() => {
    throw new DragonfabError({
      code: 'POSTGRES_NO_DUMP',
      message: `there is no dump ${name}`,
      remedy: '`database.backups` lists the dumps that are here',
    })
  })
  const dump = await readDumpAt(file)
  if (dump) {
    const { manifest } = dump
    context.progress(`comparing the SHA-256 of ${formatSize(bytes)}`)
    if (bytes !== manifest.bytes || (await hashFile(file, context.signal)) !== manifest.sha256) throw changedDumpError(name)
    const form = manifest.form
    return {
      file,
      name,
      bytes,
      sha256: manifest.sha256,
      manifest,
      form,
      owners: manifest.owners,
      rows: manifest.rows,
      largeObjects: manifest.largeObjects,
      dumpVersion: manifest.dumpVersion,
    }
  }
  const hash = createHash('sha256')
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18, signal: context.signal })) {
      hash.update(chunk as Buffer)
      yield chunk as Buffer
    }
  }
  const read = await readDumpStream(source(), ({ rows }) => context.progress(`reading ${formatSize(bytes)}: ${formatCount(rows, 'row')}`))
  return { ...read, file, name, bytes, sha256: hash.digest('hex'), manifest: undefined }
}

/**
 * Replaces a database by a dump: restored beside it, compared, then both are renamed in one transaction. The one of before is kept, one of them.
 * Whatever fails, the live one is as it was, and what was made is dropped.
 */
export async function replaceDatabase(
  context: CodeContext,
  access: Access,
  work: {
    readonly dump: VerifiedDump
    readonly request: PushRequest
    readonly state: DatabaseState
    /** What is changed in the restored database before it becomes the live one; until then nobody else may look into it. */
    readonly beforeSwap?: ((session: ServerSession) => Promise<void>) | undefined
  },
): Promise<void> {
  const { dump, request, state, beforeSwap } = work
  // Who is no superuser would be shut out as well.
  const connectRevoked = beforeSwap !== undefined && state.superuser
  const names = namesOf(access.database)
  // What was begun is brought to its end, or away, when somebody interrupts.
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
      if (!fresh) throw createPostgresError(into, 'it is gone')
      context.signal.throwIfAborted()
      await swapDatabases(server, { names, live: state.database?.oid, fresh: { oid: fresh.oid, name: into } })
      context.log(`${access.database} is now ${dump.name}: ${describeRows(dump)}, ${formatSize(fresh.bytes)}, owned by ${owner}`)
    } catch (error) {
      await dropDatabase(server, into).catch(() => undefined)
      throw error
    }
    if (state.database) await reportPrevious(context, server, names)
  } finally {
    await holder.close()
  }
}

/** Drops what was kept longer than that, and says what is kept now. What is done is done: it fails in no way. */
export async function reportPrevious(context: CodeContext, server: Server, names: DatabaseNames): Promise<void> {
  await dropDatabase(server, names.gone).catch((error: Error) =>
    context.log(`${names.gone} was not dropped, the next push tries again: ${error.message}`),
  )
  const [previous] = await withSession(server, (session) =>
    session.rows<{ bytes: number }>(`SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = ${literal(names.previous)}`),
  ).catch((error: Error) => {
    context.log(`replaced; what is kept could not be asked: ${error.message}`)
    return []
  })
  if (previous)
    context.log(
      `the one of before is kept as ${names.previous}, ${formatSize(previous.bytes)}: \`database.restore:previous\` brings it back, \`DROP DATABASE "${names.previous.replaceAll('"', '""')}"\` frees the space`,
    )
}

/** One at a time for a database, whoever begins it: the lock is gone when the session is. */
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
    message: `another run is replacing ${live}${other ? `, since ${other.since}${other.client ? `, from ${other.client}` : ''}` : ''}`,
    remedy: 'wait until it has ended',
  })
}

/** What a run that was killed has left. */
export async function dropLeftovers(server: Server, names: DatabaseNames): Promise<void> {
  for (const name of [names.fresh, names.gone]) await dropDatabase(server, name)
}

/** Drops a database of ours, with whoever is still in it. */
async function dropDatabase(server: Server, name: string): Promise<void> {
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

/** All that would make it fail at its end is found out at its beginning. */
async function preflight(
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
        remedy: 'drop the slots or subscriptions first (pg_drop_replication_slot, DROP SUBSCRIPTION), and make them again afterwards',
      })
  }
  const version = await readProgramVersion(dump.form === 'archive' ? 'pg_restore' : 'psql', context, access)
  if (major(dump.dumpVersion) > major(version) && dump.form === 'archive')
    throw new DragonfabError({
      code: 'POSTGRES_VERSION',
      host: context.host,
      message: `pg_restore there is of version ${version}, older than the pg_dump that made the dump, ${dump.dumpVersion}`,
      remedy: `install postgresql-client-${major(dump.dumpVersion)} there, or set postgres.binDir`,
    })
  const from = dump.manifest?.serverVersion
  if (from !== undefined && major(from) > major(state.serverVersion))
    context.log(`the dump is of a newer server (${from}) than this one (${state.serverVersion}): it may not take all of it`)
}

/** Asks for what is there. */
export const readDatabaseState = (context: CodeContext, access: Access): Promise<DatabaseState> =>
  withSession(openServer(context, access), (session) => queryDatabaseState(session, access.database))
