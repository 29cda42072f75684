import { resolve } from 'node:path'
import { type CodeContext, DragonfabError } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { quoteName } from '../archive/read-archive.ts'
import type { Manifest } from '../dumps/folder.ts'
import { formatCount } from '../format-amounts.ts'
import type { PostgresEnv } from '../options.ts'
import type { Access } from '../server/access.ts'
import { type DatabaseState, protectedSetting } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { readProtected, saveProtected } from './known-protected.ts'
import { findProtectedNamesake } from './protected-by-config.ts'

/** What the guard needs to know of an environment. It is part of a plan, so it is plain JSON. */
export interface GuardRequest {
  readonly environment: string
  readonly folder: string
  readonly protected: boolean
}

export const guardRequest = ({ stage, postgres }: PostgresEnv): GuardRequest => ({
  environment: stage,
  folder: postgres.dumps,
  protected: postgres.protected,
})

/**
 * Marks a protected database twice: by a setting in the database itself, which is found under any name and from any machine, and on this machine, by
 * the identifier of its cluster.
 */
export async function markProtected(context: CodeContext, access: Access, state: DatabaseState, request: GuardRequest): Promise<void> {
  if (!request.protected || !state.database) return
  await saveProtected(resolve(context.directory, request.folder), {
    environment: request.environment,
    system: state.system,
    name: access.database,
  })
  if (state.database.protected) return
  // On a standby, or with a role that may not, at least this machine remembers it.
  await withSession(openServer(context, access), (session) =>
    session.run(`ALTER DATABASE ${quoteName(access.database)} SET ${protectedSetting} TO 'on'`),
  ).catch(() => context.log(`${access.database} cannot be marked as protected on the server, so only this machine protects it`))
}

/** Throws unless the database may be replaced. For a protected one, its name must be typed, unless `force` is set. */
export async function guardReplacement(
  context: CodeContext,
  access: Access,
  replacement: {
    readonly state: DatabaseState
    readonly request: GuardRequest
    readonly force: boolean
    readonly source: string
    readonly from: Manifest | undefined
  },
): Promise<void> {
  const { state, request, force, source, from } = replacement
  const { database, system } = state
  if (!database) return
  const protectedDatabase = (await readProtected(resolve(context.directory, request.folder))).find(
    (each) => each.system === system && each.name === access.database,
  )
  if (force) return
  const owner =
    protectedDatabase?.environment ?? (request.protected ? undefined : await findProtectedNamesake(context, access, request.environment))
  const protectionReason = request.protected
    ? 'postgres.protected'
    : database.protected
      ? `it is marked: ${protectedSetting}`
      : owner && `it is the database of ${owner}`
  const what = `${context.host}: replace ${access.database} (${formatSize(database.bytes)}, ${formatCount(database.connections, 'connection')}) by ${source}?`
  if (protectionReason) {
    if (await context.confirm(`${what} It is protected (${protectionReason}).`, { typed: access.database })) return
    throw new DragonfabError({
      code: 'POSTGRES_PROTECTED',
      host: context.host,
      message: `${access.database} is protected (${protectionReason}) and was not replaced`,
      remedy:
        'check that this environment names the right database; to replace it, type its name at a terminal or run `database.force_push`; if it is marked by mistake, run ALTER DATABASE … RESET dragonfab.protected, and delete its entry from dumps/.protected.json on this machine',
    })
  }
  if (!from || from.system !== system || from.database !== access.database) return
  const lostRows = database.writes - from.writes
  const since =
    database.oid !== from.oid
      ? '; it has been replaced since'
      : lostRows > 0
        ? `; ${formatCount(lostRows, 'row')} have been written to it since, and they would be lost`
        : ''
  if (await context.confirm(`${what} This is a dump of the same database${since}.`)) return
  throw new DragonfabError({
    code: 'POSTGRES_SAME',
    host: context.host,
    message: `${source} is a dump of ${access.database} itself${since}`,
    remedy: 'to restore that state, answer y or use --yes; otherwise name the dump of another environment',
  })
}
