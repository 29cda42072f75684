import { type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { guardReplacement, guardRequest, markProtected } from '../guard/guard.ts'
import type { PostgresEnv } from '../options.ts'
import { dropLeftovers, reportPrevious } from '../push/leftovers.ts'
import { namesOf } from '../push/names.ts'
import { lockDatabase } from '../push/preflight.ts'
import { swapDatabases } from '../push/swap.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { queryDatabaseState, readDatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { accessArgs } from './dump.ts'

/** Restores the database that the last push kept on the server. The live one is kept in its place. */
export function restorePrevious(env: PostgresEnv): CodeStep {
  const access = accessOf(env)
  const guard = guardRequest(env)
  const names = namesOf(access.database)
  return code(
    {
      name: 'postgres.previous',
      title: `restore ${names.previous}`,
      args: { ...guard, ...accessArgs(env) },
      firstHost: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      const state = await readDatabaseState(context, access)
      const server = openServer({ executor: context.executor, signal: new AbortController().signal }, access)
      const { database } = await withSession(server, (session) => queryDatabaseState(session, names.previous))
      if (!database)
        throw new DragonfabError({
          code: 'POSTGRES_NO_DUMP',
          message: `there is no ${names.previous} on the server`,
          remedy: '`database.backups` lists what can be restored',
        })
      await markProtected(context, access, state, guard)
      await guardReplacement(context, access, {
        state,
        request: guard,
        force: false,
        source: `${names.previous} (${formatSize(database.bytes)})`,
        from: undefined,
      })
      const holder = await server.session()
      try {
        await lockDatabase(holder, names)
        await dropLeftovers(server, names)
        await swapDatabases(server, { names, live: state.database?.oid, fresh: { oid: database.oid, name: names.previous } })
        context.log(`${access.database} is as it was before the last push`)
        await reportPrevious(context, server, names)
      } finally {
        await holder.close()
      }
    },
  )
}
