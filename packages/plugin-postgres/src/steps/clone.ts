import { type CodeContext, type CodeStep, code, DragonfabError, usageError } from '@dragonfab/core'
import { applyMasks, maskedColumns, suggestMasks } from '../clone/apply-masks.ts'
import { type Column, columnsOf, isNamed, looksPersonal, nameOf } from '../clone/columns.ts'
import type { Masks } from '../clone/mask.ts'
import { makeDump } from '../dumps/make-dump.ts'
import type { PostgresEnv } from '../env.ts'
import { formatCount } from '../format-amounts.ts'
import { guardReplacement, guardRequest, markProtected } from '../guard/guard.ts'
import { type PushRequest, replaceDatabase } from '../push/push.ts'
import { verifyDump } from '../push/verify-dump.ts'
import { type Access, accessOf, sudoOptionsOf } from '../server/access.ts'
import { readDatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { accessArgs, dumpRequest } from './dump.ts'

/** Replaces the environment's database by a dump of another environment's, which is only read. Columns are masked before anybody can see them. */
export function cloneDatabase(env: PostgresEnv, given: string | undefined): CodeStep {
  const environment = given ?? env.postgres.cloneFrom
  if (environment === undefined)
    throw usageError({
      code: 'POSTGRES_CLONE_FROM',
      message: 'database.clone needs the environment that is cloned',
      remedy: `dragonfab ${env.stage} database.clone:production, or set postgres.cloneFrom`,
    })
  const target = accessOf(env)
  const guarded = guardRequest(env)
  const request: PushRequest = { owner: env.postgres.user, grants: env.postgres.grants }
  const { mask: masksHere, requireMask } = env.postgres
  return code(
    {
      name: 'postgres.clone',
      title: `replace ${target.database} by that of ${environment}`,
      args: { from: environment, mask: masksHere, requireMask, ...guarded, ...request, ...accessArgs(env) },
      firstHost: true,
      showOutput: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      const [first] = await context.hostsOf(environment)
      if (!first) throw usageError({ code: 'NO_HOSTS', message: `environment ${environment} has no hosts` })
      // This project's plugins are that environment's too.
      const from = first.env as unknown as PostgresEnv
      const source = accessOf(from)
      // What the environment says that the data is of counts too: it knows what must not leave it.
      const masks: Masks = { ...from.postgres.mask, ...masksHere }
      const requireAll = requireMask || from.postgres.requireMask
      const request_ = dumpRequest(from)
      const sourceContext: CodeContext = { ...context, host: first.host, executor: await first.executor(sudoOptionsOf(from).as) }
      const [state, sourceState] = await Promise.all([readDatabaseState(context, target), readDatabaseState(sourceContext, source)])
      if (state.database && state.system === sourceState.system && state.database.oid === sourceState.database?.oid)
        throw createSameDatabaseError(target, environment)
      const unmasked = await checkSourceColumns(sourceContext, source, { masks, require: requireAll })
      const sourceText = `${source.database} of ${environment} as it is now`
      await guardReplacement(context, target, { state, request: guarded, force: false, source: sourceText, from: undefined })
      const dump = await makeDump(sourceContext, source, request_)
      const ready = await verifyDump(dump.file, dump.name, context)
      await markProtected(context, target, state, guarded)
      const { maskKey } = env.postgres
      const masking = Object.values(masks).some((mask) => mask !== 'keep')
      const beforeSwap = async (session: Parameters<typeof applyMasks>[0]): Promise<void> => {
        context.progress('masking columns')
        context.log(`${formatCount(await applyMasks(session, masks, maskKey), 'column')} masked`)
      }
      await replaceDatabase(context, target, { dump: ready, request, state, ...(masking && { beforeSwap }) })
      reportPersonal(context, unmasked)
    },
  )
}

/** Finds out before anything is done whether all masks fit. Gives the columns that look personal and that nothing is said of. */
async function checkSourceColumns(
  context: CodeContext,
  access: Access,
  { masks, require }: { readonly masks: Masks; readonly require: boolean },
): Promise<readonly Column[]> {
  const columns = await withSession(openServer(context, access), columnsOf, access.database)
  maskedColumns(columns, masks)
  const names = Object.keys(masks)
  const unmasked = columns.filter((column) => looksPersonal(column) && !names.some((name) => isNamed(column, name)))
  if (!require || !unmasked.length) return unmasked
  throw new DragonfabError({
    code: 'POSTGRES_UNMASKED',
    message: `nothing says how to mask ${unmasked.map(nameOf).join(', ')}, which look personal (postgres.requireMask)`,
    remedy: `add to the config, 'keep' for what may stay: ${suggestMasks(unmasked).join(' ').replace(/ +/g, ' ')}`,
  })
}

function reportPersonal({ log }: CodeContext, unmasked: readonly Column[]): void {
  if (!unmasked.length) return
  log(`${formatCount(unmasked.length, 'column')} that look personal were cloned as they are; to mask them ('keep' for what may stay):`)
  for (const line of suggestMasks(unmasked)) log(`  ${line}`)
}

const createSameDatabaseError = ({ database }: Access, environment: string): DragonfabError =>
  new DragonfabError({
    code: 'POSTGRES_SAME',
    message: `${database} is the database of ${environment} itself`,
    remedy: 'are postgres.name and host of both environments right?',
  })
