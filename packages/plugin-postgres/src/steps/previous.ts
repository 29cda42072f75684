import { type CodeStep, code, DragonfabError } from '@dragonfab/core'
import { size } from '../amounts.ts'
import type { PostgresEnv } from '../env.ts'
import { guard, guardRequest, mark } from '../guard/guard.ts'
import { namesOf } from '../push/names.ts'
import { clear, hold, standingOn, tellPrevious } from '../push/push.ts'
import { swap } from '../push/swap.ts'
import { accessOf, asOf } from '../server/access.ts'
import { standingOf } from '../server/identity.ts'
import { asking, openServer } from '../server/open.ts'
import { placeArgs } from './dump.ts'

/** Brings the database back that the last push has kept on the server; the live one is kept in its place. */
export function restorePrevious(env: PostgresEnv): CodeStep {
  const access = accessOf(env)
  const about = guardRequest(env)
  const names = namesOf(access.database)
  return code(
    { name: 'postgres.previous', title: `bring ${names.previous} back`, args: { ...about, ...placeArgs(env) }, once: true, ...asOf(env) },
    async (context) => {
      const standing = await standingOn(context, access)
      const server = openServer({ executor: context.executor, signal: new AbortController().signal }, access)
      const { database } = await asking(server, (session) => standingOf(session, names.previous))
      if (!database)
        throw new DragonfabError({
          code: 'POSTGRES_NO_DUMP',
          message: `there is no ${names.previous} on the server`,
          remedy: '`database.backups` lists what there is',
        })
      await mark(context, access, standing, about)
      await guard(context, access, {
        standing,
        request: about,
        force: false,
        source: `${names.previous} (${size(database.bytes)})`,
        from: undefined,
      })
      const holder = await server.session()
      try {
        await hold(holder, names)
        await clear(server, names)
        await swap(server, { names, live: standing.database?.oid, fresh: { oid: database.oid, name: names.previous } })
        context.log(`${access.database} is again what it was before the last push`)
        await tellPrevious(context, server, names)
      } finally {
        await holder.close()
      }
    },
  )
}
