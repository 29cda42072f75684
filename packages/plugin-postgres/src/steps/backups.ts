import { resolve } from 'node:path'
import { type CodeStep, code } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { findLatestDump, listDumps } from '../dumps/folder.ts'
import { describeRows } from '../dumps/make-dump.ts'
import { formatAge } from '../format-amounts.ts'
import type { PostgresEnv } from '../options.ts'
import { namesOf } from '../push/names.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { queryDatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { accessArgs } from './dump.ts'

/** Lists what can be restored: the dumps on this machine, and the database that the last push kept on the server. */
export function listBackups(env: PostgresEnv): CodeStep {
  const access = accessOf(env)
  const names = namesOf(access.database)
  const { dumps } = env.postgres
  return code(
    {
      name: 'postgres.backups',
      title: `backups of ${access.database}`,
      args: { dumps, ...accessArgs(env) },
      firstHost: true,
      showOutput: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      const folder = resolve(context.directory, dumps)
      const [all, newest] = await Promise.all([listDumps(folder), findLatestDump(folder)])
      for (const { name, manifest } of all) {
        const mark = name === newest?.name ? ' (the default of database.push)' : ''
        context.log(
          `${dumps}/${name}  ${manifest.environment}, ${formatSize(manifest.bytes)}, ${describeRows(manifest)}, ${formatAge(manifest.time)}${mark}`,
        )
      }
      if (!all.length) context.log(`no dumps in ${dumps}`)
      const [live, previous] = await withSession(openServer(context, access), async (session) => [
        (await queryDatabaseState(session, names.live)).database,
        (await queryDatabaseState(session, names.previous)).database,
      ])
      context.log(
        live ? `${names.live} on the server: ${formatSize(live.bytes)}, owned by ${live.owner}` : `${names.live} is not on the server`,
      )
      if (previous)
        context.log(
          `${names.previous} on the server: ${formatSize(previous.bytes)}, which the last push replaced; database.restore:previous restores it`,
        )
    },
  )
}
