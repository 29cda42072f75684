import { type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { readProgramVersion } from '../dumps/make-dump.ts'
import type { PostgresEnv } from '../options.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { major, readDatabaseState } from '../server/database-state.ts'
import { accessArgs } from './dump.ts'

/** Checks that the server answers, and that pg_dump is not too old for it. Changes nothing. */
export function checkServer(env: PostgresEnv): CodeStep {
  const access = accessOf(env)
  return code(
    { name: 'postgres.check', title: `is ${access.database} reachable`, args: accessArgs(env), firstHost: true, ...sudoOptionsOf(env) },
    async (context) => {
      const { database, serverVersion } = await readDatabaseState(context, access)
      const version = await readProgramVersion('pg_dump', context, access)
      if (major(version) < major(serverVersion))
        throw new DragonfabError({
          code: 'POSTGRES_VERSION',
          host: context.host,
          message: `pg_dump ${version} on the host is older than the server, ${serverVersion}`,
          remedy: `install postgresql-client-${major(serverVersion)} on the host, or set postgres.binDir`,
        })
      const databaseText = database
        ? `${formatSize(database.bytes)}, owned by ${database.owner}`
        : 'does not exist yet; database.push creates it'
      context.log(`PostgreSQL ${serverVersion}, pg_dump ${version}; ${access.database}: ${databaseText}`)
    },
  )
}
