import { resolve } from 'node:path'
import { type CodeStep, code } from '@dragonfab/core'
import { ago, size } from '../amounts.ts'
import { dumpsIn, latestDump } from '../dumps/folder.ts'
import { told } from '../dumps/make.ts'
import type { PostgresEnv } from '../env.ts'
import { namesOf } from '../push/names.ts'
import { accessOf, asOf } from '../server/access.ts'
import { standingOf } from '../server/identity.ts'
import { asking, openServer } from '../server/open.ts'
import { placeArgs } from './dump.ts'

/** What there is to go back to: dumps of this machine, and the database that the last push has kept on the server. */
export function backups(env: PostgresEnv): CodeStep {
  const access = accessOf(env)
  const names = namesOf(access.database)
  const { dumps } = env.postgres
  return code(
    {
      name: 'postgres.backups',
      title: `backups of ${access.database}`,
      args: { dumps, ...placeArgs(env) },
      once: true,
      shows: true,
      ...asOf(env),
    },
    async (context) => {
      const folder = resolve(context.directory, dumps)
      const [all, newest] = await Promise.all([dumpsIn(folder), latestDump(folder)])
      for (const { name, manifest } of all) {
        const mark = name === newest?.name ? ' (what database.push takes)' : ''
        context.log(`${dumps}/${name}  ${manifest.environment}, ${size(manifest.bytes)}, ${told(manifest)}, ${ago(manifest.time)}${mark}`)
      }
      if (!all.length) context.log(`no dumps in ${dumps}`)
      const [live, previous] = await asking(openServer(context, access), async (session) => [
        (await standingOf(session, names.live)).database,
        (await standingOf(session, names.previous)).database,
      ])
      context.log(live ? `${names.live} on the server: ${size(live.bytes)}, owned by ${live.owner}` : `${names.live} is not on the server`)
      if (previous)
        context.log(
          `${names.previous} on the server: ${size(previous.bytes)}, what a push has replaced; database.restore:previous brings it back`,
        )
    },
  )
}
