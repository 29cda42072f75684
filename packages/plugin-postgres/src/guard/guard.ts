import { resolve } from 'node:path'
import { type CodeContext, DragonfabError } from '@dragonfab/core'
import { count, size } from '../amounts.ts'
import { quoted } from '../archive/read.ts'
import type { Manifest } from '../dumps/folder.ts'
import type { PostgresEnv } from '../env.ts'
import type { Access } from '../server/access.ts'
import { protectedSetting, type Standing } from '../server/identity.ts'
import { asking, openServer } from '../server/open.ts'
import { protectedNamesake } from './by-config.ts'
import { remember, remembered } from './remembered.ts'

/** What the guard knows of an environment; JSON. */
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
 * Marks a protected database by what it is: in itself, where a setting of its own says so to everybody who comes by whichever name, and on this
 * machine, by its cluster's identifier.
 */
export async function mark(context: CodeContext, access: Access, standing: Standing, request: GuardRequest): Promise<void> {
  if (!request.protected || !standing.database) return
  await remember(resolve(context.directory, request.folder), {
    environment: request.environment,
    system: standing.system,
    name: access.database,
  })
  if (standing.database.protected) return
  // A standby, or a role that may not: this machine remembers it all the same.
  await asking(openServer(context, access), (session) =>
    session.run(`ALTER DATABASE ${quoted(access.database)} SET ${protectedSetting} TO 'on'`),
  ).catch(() => context.log(`${access.database} cannot be marked as protected in itself: only this machine knows`))
}

/** Lets a database be replaced, or throws: a protected one only by its name, typed, or by `force`. */
export async function guard(
  context: CodeContext,
  access: Access,
  about: {
    readonly standing: Standing
    readonly request: GuardRequest
    readonly force: boolean
    readonly source: string
    readonly from: Manifest | undefined
  },
): Promise<void> {
  const { standing, request, force, source, from } = about
  const { database, system } = standing
  if (!database) return
  const known = (await remembered(resolve(context.directory, request.folder))).find(
    (each) => each.system === system && each.name === access.database,
  )
  if (force) return
  const owner = known?.environment ?? (request.protected ? undefined : await protectedNamesake(context, access, request.environment))
  const why = request.protected
    ? 'postgres.protected'
    : database.protected
      ? `it is marked: ${protectedSetting}`
      : owner && `it is that of ${owner}`
  const what = `${context.host}: replace ${access.database} (${size(database.bytes)}, ${count(database.connections, 'connection')}) by ${source}?`
  if (why) {
    if (await context.confirm(`${what} It is protected (${why}).`, { typed: access.database })) return
    throw new DragonfabError({
      code: 'POSTGRES_PROTECTED',
      host: context.host,
      message: `${access.database} is protected (${why}) and was not replaced`,
      remedy:
        'type its name at a terminal, or `database.force_push`; is the config of this environment right? One that is marked by mistake: ALTER DATABASE … RESET dragonfab.protected, and dumps/.protected.json here',
    })
  }
  if (!from || from.system !== system || from.database !== access.database) return
  const lost = database.writes - from.writes
  const since =
    database.oid !== from.oid
      ? '; it was replaced since'
      : lost > 0
        ? `; ${count(lost, 'row')} were written there since, which would be lost`
        : ''
  if (await context.confirm(`${what} That is a dump of this very database${since}.`)) return
  throw new DragonfabError({
    code: 'POSTGRES_SAME',
    host: context.host,
    message: `${source} is a dump of ${access.database} itself${since}`,
    remedy: 'answer y or give --yes to set it back to then; or name the dump of another environment',
  })
}
