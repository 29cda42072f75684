import { realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type CodeContext, type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { type Dump, findLatestDump, isDumpOf, listDumps } from '../dumps/folder.ts'
import { formatAge } from '../format-amounts.ts'
import { guardReplacement, guardRequest, markProtected } from '../guard/guard.ts'
import type { PostgresEnv } from '../options.ts'
import { type PushRequest, replaceDatabase } from '../push/push.ts'
import { verifyDump } from '../push/verify-dump.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { readDatabaseState } from '../server/database-state.ts'
import { accessArgs } from './dump.ts'

/** A file, or the name of a dump; by default the newest of all, or of this environment's database. */
export interface DumpChoice {
  readonly dump: string | undefined
  readonly force: boolean
  /** Without a name, take the newest dump of this environment's database, not of any. */
  readonly own: boolean
}

/** Replaces the environment's database with a dump on this machine. */
export function pushDump(env: PostgresEnv, choice: DumpChoice): CodeStep {
  const access = accessOf(env)
  const guard = guardRequest(env)
  const request: PushRequest = { owner: env.postgres.user, grants: env.postgres.grants }
  return code(
    {
      name: choice.own ? 'postgres.restore' : 'postgres.push',
      title: `replace ${access.database} by ${choice.dump ?? 'the newest dump'}`,
      args: { ...choice, ...guard, ...request, ...accessArgs(env) },
      firstHost: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      const { file, name, source } = await chooseDump(context, env, { ...choice, database: access.database })
      const state = await readDatabaseState(context, access)
      await markProtected(context, access, state, guard)
      const dump = await verifyDump(file, name, context)
      await guardReplacement(context, access, { state, request: guard, force: choice.force, source, from: dump.manifest })
      await replaceDatabase(context, access, { dump, request, state })
    },
  )
}

async function chooseDump(
  { directory }: CodeContext,
  { stage, postgres }: PostgresEnv,
  { dump, own, database }: DumpChoice & { readonly database: string },
): Promise<{ readonly file: string; readonly name: string; readonly source: string }> {
  const folder = resolve(directory, postgres.dumps)
  const describeDump = (found: Dump) => ({
    file: found.file,
    name: join(postgres.dumps, found.name),
    source: `the dump of ${found.manifest.database} of ${found.manifest.environment}, ${formatAge(found.manifest.time)}`,
  })
  const all = await listDumps(folder)
  if (dump !== undefined) {
    const match = all.find(({ name }) => name === dump || name === `${dump}.dump`)
    if (match) return describeDump(match)
    const path = resolve(directory, dump)
    // The manifest is beside the file itself, not beside a link to it such as latest.dump.
    const file = await realpath(path).catch(() => path)
    return { file, name: relative(directory, path), source: dump }
  }
  const newest = own ? all.find(isDumpOf({ environment: stage, database })) : await findLatestDump(folder)
  if (newest) return describeDump(newest)
  throw new DragonfabError({
    code: 'POSTGRES_NO_DUMP',
    message: `there is no dump${own ? ` of ${database} of ${stage}` : ''} in ${postgres.dumps}`,
    remedy: own
      ? `run dragonfab ${stage} database.dump`
      : 'run dragonfab <environment> database.dump first, or name a file: database.push:FILE',
  })
}
