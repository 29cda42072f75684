import { type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { readProgramVersion } from '../dumps/make-dump.ts'
import type { PostgresEnv } from '../env.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { major, readDatabaseState } from '../server/database-state.ts'
import { accessArgs } from './dump.ts'

/** Whether the server answers, has the database, and what dumps it is not too old. Changes nothing. */
export function checkServer(env: PostgresEnv): CodeStep {
  const access = accessOf(env)
  return code(
    { name: 'postgres.check', title: `does ${access.database} answer`, args: accessArgs(env), firstHost: true, ...sudoOptionsOf(env) },
    async (context) => {
      const { database, serverVersion } = await readDatabaseState(context, access)
      const version = await readProgramVersion('pg_dump', context, access)
      if (major(version) < major(serverVersion))
        throw new DragonfabError({
          code: 'POSTGRES_VERSION',
          host: context.host,
          message: `pg_dump there is of version ${version}, older than the server, ${serverVersion}`,
          remedy: `install postgresql-client-${major(serverVersion)} there, or set postgres.binDir`,
        })
      const databaseText = database ? `${formatSize(database.bytes)}, owned by ${database.owner}` : 'not there yet: database.push makes it'
      context.log(`PostgreSQL ${serverVersion}, pg_dump ${version}; ${access.database}: ${databaseText}`)
    },
  )
}
