import { realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type CodeContext, type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { ago } from '../amounts.ts'
import { type Dump, dumpsIn, isOf, latestDump } from '../dumps/folder.ts'
import type { PostgresEnv } from '../env.ts'
import { guard, guardRequest, mark } from '../guard/guard.ts'
import { type PushRequest, push, readyDump, standingOn } from '../push/push.ts'
import { accessOf, asOf } from '../server/access.ts'
import { placeArgs } from './dump.ts'

/** Which dump: a file or the name of one; by default the newest of all, or of this environment's database. */
export interface Which {
  readonly dump: string | undefined
  readonly force: boolean
  /** Without a name: the newest of this environment's database, not of any. */
  readonly own: boolean
}

/** Replaces the environment's database by a dump of this machine. */
export function pushDump(env: PostgresEnv, which: Which): CodeStep {
  const access = accessOf(env)
  const about = guardRequest(env)
  const request: PushRequest = { owner: env.postgres.user, grants: env.postgres.grants }
  return code(
    {
      name: which.own ? 'postgres.restore' : 'postgres.push',
      title: `replace ${access.database} by ${which.dump ?? 'the newest dump'}`,
      args: { ...which, ...about, ...request, ...placeArgs(env) },
      once: true,
      ...asOf(env),
    },
    async (context) => {
      const { file, name, source } = await chosen(context, env, { ...which, database: access.database })
      const standing = await standingOn(context, access)
      await mark(context, access, standing, about)
      const dump = await readyDump(file, name, context)
      await guard(context, access, { standing, request: about, force: which.force, source, from: dump.manifest })
      await push(context, access, { dump, request, standing })
    },
  )
}

async function chosen(
  { directory }: CodeContext,
  { stage, postgres }: PostgresEnv,
  { dump, own, database }: Which & { readonly database: string },
): Promise<{ readonly file: string; readonly name: string; readonly source: string }> {
  const folder = resolve(directory, postgres.dumps)
  const of = (found: Dump) => ({
    file: found.file,
    name: join(postgres.dumps, found.name),
    source: `the dump of ${found.manifest.database} of ${found.manifest.environment}, ${ago(found.manifest.time)}`,
  })
  const all = await dumpsIn(folder)
  if (dump !== undefined) {
    const known = all.find(({ name }) => name === dump || name === `${dump}.dump`)
    if (known) return of(known)
    const given = resolve(directory, dump)
    // What is known of a dump lies beside the file itself, not beside a link to it, such as latest.dump.
    const file = await realpath(given).catch(() => given)
    return { file, name: relative(directory, given), source: dump }
  }
  const newest = own ? all.find(isOf({ environment: stage, database })) : await latestDump(folder)
  if (newest) return of(newest)
  throw new DragonfabError({
    code: 'POSTGRES_NO_DUMP',
    message: `there is no dump${own ? ` of ${database} of ${stage}` : ''} in ${postgres.dumps}`,
    remedy: own
      ? `dragonfab ${stage} database.dump`
      : 'make one first: dragonfab <environment> database.dump, or name a file: database.push:FILE',
  })
}
