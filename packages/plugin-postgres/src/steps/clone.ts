import { type CodeContext, type CodeStep, code, DragonfabError, usageError } from '@dragonfab/core'
import { applyMasks, findMaskedColumns, suggestMasks } from '../clone/apply-masks.ts'
import { type Column, columnsOf, isNamed, looksPersonal, nameOf } from '../clone/columns.ts'
import type { Masks } from '../clone/mask.ts'
import { makeDump } from '../dumps/make-dump.ts'
import { formatCount } from '../format-amounts.ts'
import { guardReplacement, guardRequest, markProtected } from '../guard/guard.ts'
import type { PostgresEnv } from '../options.ts'
import { type PushRequest, replaceDatabase } from '../push/push.ts'
import { verifyDump } from '../push/verify-dump.ts'
import { type Access, accessOf, sudoOptionsOf } from '../server/access.ts'
import { readDatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { accessArgs, dumpRequest } from './dump.ts'

/** Replaces the environment's database with that of another environment, which is only read. Columns are masked before anybody can see them. */
export function cloneDatabase(env: PostgresEnv, name: string | undefined): CodeStep {
  const environment = name ?? env.postgres.cloneFrom
  if (environment === undefined)
    throw usageError({
      code: 'POSTGRES_CLONE_FROM',
      message: 'database.clone needs the environment to clone',
      remedy: `run dragonfab ${env.stage} database.clone:production, or set postgres.cloneFrom`,
    })
  const target = accessOf(env)
  const guard = guardRequest(env)
  const request: PushRequest = { owner: env.postgres.user, grants: env.postgres.grants }
  const { mask: targetMasks, requireMask } = env.postgres
  return code(
    {
      name: 'postgres.clone',
      title: `replace ${target.database} by that of ${environment}`,
      args: { from: environment, mask: targetMasks, requireMask, ...guard, ...request, ...accessArgs(env) },
      firstHost: true,
      showOutput: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      const [first] = await context.hostsOf(environment)
      if (!first) throw usageError({ code: 'NO_HOSTS', message: `environment ${environment} has no hosts` })
      // All environments of a project have the same plugins.
      const from = first.env as unknown as PostgresEnv
      const source = accessOf(from)
      // The masks of the cloned environment count too, because it knows which data must not leave it.
      const masks: Masks = { ...from.postgres.mask, ...targetMasks }
      const requireAll = requireMask || from.postgres.requireMask
      const sourceRequest = dumpRequest(from)
      const sourceContext: CodeContext = { ...context, host: first.host, executor: await first.executor(sudoOptionsOf(from).as) }
      const [state, sourceState] = await Promise.all([readDatabaseState(context, target), readDatabaseState(sourceContext, source)])
      if (state.database && state.system === sourceState.system && state.database.oid === sourceState.database?.oid)
        throw createSameDatabaseError(target, environment)
      const unmasked = await checkSourceColumns(sourceContext, source, { masks, require: requireAll })
      const sourceText = `${source.database} of ${environment} as it is now`
      await guardReplacement(context, target, { state, request: guard, force: false, source: sourceText, from: undefined })
      const dump = await makeDump(sourceContext, source, sourceRequest)
      const ready = await verifyDump(dump.file, dump.name, context)
      await markProtected(context, target, state, guard)
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

/** Checks all masks before anything is changed. Returns the columns that look personal and that `mask` does not mention. */
async function checkSourceColumns(
  context: CodeContext,
  access: Access,
  { masks, require }: { readonly masks: Masks; readonly require: boolean },
): Promise<readonly Column[]> {
  const columns = await withSession(openServer(context, access), columnsOf, access.database)
  findMaskedColumns(columns, masks)
  const names = Object.keys(masks)
  const unmasked = columns.filter((column) => looksPersonal(column) && !names.some((name) => isNamed(column, name)))
  if (!require || !unmasked.length) return unmasked
  throw new DragonfabError({
    code: 'POSTGRES_UNMASKED',
    message: `columns look personal, but postgres.mask does not mention them (postgres.requireMask): ${unmasked.map(nameOf).join(', ')}`,
    remedy: `add to the config, with 'keep' for columns that may stay: ${suggestMasks(unmasked).join(' ').replace(/ +/g, ' ')}`,
  })
}

function reportPersonal({ log }: CodeContext, unmasked: readonly Column[]): void {
  if (!unmasked.length) return
  log(
    `${formatCount(unmasked.length, 'column')} cloned unmasked, although the names look personal. To mask them, add (with 'keep' for columns that may stay):`,
  )
  for (const line of suggestMasks(unmasked)) log(`  ${line}`)
}

const createSameDatabaseError = ({ database }: Access, environment: string): DragonfabError =>
  new DragonfabError({
    code: 'POSTGRES_SAME',
    message: `${database} is already the database of ${environment}`,
    remedy: 'check postgres.name and postgres.host of both environments',
  })
