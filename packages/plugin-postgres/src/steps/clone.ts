import { type CodeContext, type CodeStep, code, DragonfabError, usageError } from '@dragonfab/core'
import { count } from '../amounts.ts'
import { applyMasks, maskedColumns, suggestion } from '../clone/apply.ts'
import { type Column, columnsOf, isNamed, looksPersonal, nameOf } from '../clone/columns.ts'
import type { Masks } from '../clone/mask.ts'
import { makeDump } from '../dumps/make.ts'
import type { PostgresEnv } from '../env.ts'
import { guard, guardRequest, mark } from '../guard/guard.ts'
import { type PushRequest, push, readyDump, standingOn } from '../push/push.ts'
import { type Access, accessOf, asOf } from '../server/access.ts'
import { asking, openServer } from '../server/open.ts'
import { dumpRequest, placeArgs } from './dump.ts'

/** Replaces the environment's database by a dump of another environment's, which is only read. Columns are masked before anybody can see them. */
export function clone(env: PostgresEnv, given: string | undefined): CodeStep {
  const environment = given ?? env.postgres.cloneFrom
  if (environment === undefined)
    throw usageError({
      code: 'POSTGRES_CLONE_FROM',
      message: 'database.clone needs the environment that is cloned',
      remedy: `dragonfab ${env.stage} database.clone:production, or set postgres.cloneFrom`,
    })
  const target = accessOf(env)
  const about = guardRequest(env)
  const request: PushRequest = { owner: env.postgres.user, grants: env.postgres.grants }
  const { mask: masked, requireMask } = env.postgres
  return code(
    {
      name: 'postgres.clone',
      title: `replace ${target.database} by that of ${environment}`,
      args: { from: environment, mask: masked, requireMask, ...about, ...request, ...placeArgs(env) },
      once: true,
      shows: true,
      ...asOf(env),
    },
    async (context) => {
      const [first] = await context.elsewhere(environment)
      if (!first) throw usageError({ code: 'NO_HOSTS', message: `environment ${environment} has no hosts` })
      // This project's plugins are that environment's too.
      const from = first.env as unknown as PostgresEnv
      const source = accessOf(from)
      // What the environment says that the data is of counts too: it knows what must not leave it.
      const masks: Masks = { ...from.postgres.mask, ...masked }
      const require = requireMask || from.postgres.requireMask
      const taken = dumpRequest(from)
      const reading: CodeContext = { ...context, host: first.host, executor: await first.executor(asOf(from).as) }
      const [standing, other] = await Promise.all([standingOn(context, target), standingOn(reading, source)])
      if (standing.database && standing.system === other.system && standing.database.oid === other.database?.oid)
        throw same(target, environment)
      const kept = await columnsOfSource(reading, source, { masks, require })
      const said = `${source.database} of ${environment} as it is now`
      await guard(context, target, { standing, request: about, force: false, source: said, from: undefined })
      const dump = await makeDump(reading, source, taken)
      const ready = await readyDump(dump.file, dump.name, context)
      await mark(context, target, standing, about)
      const { maskKey } = env.postgres
      const masking = Object.values(masks).some((mask) => mask !== 'keep')
      const aside = async (session: Parameters<typeof applyMasks>[0]): Promise<void> => {
        context.progress('masking columns')
        context.log(`${count(await applyMasks(session, masks, maskKey), 'column')} masked`)
      }
      await push(context, target, { dump: ready, request, standing, ...(masking && { aside }) })
      tellPersonal(context, kept)
    },
  )
}

/** Finds out before anything is done whether all masks fit. Gives the columns that look personal and that nothing is said of. */
async function columnsOfSource(
  context: CodeContext,
  access: Access,
  { masks, require }: { readonly masks: Masks; readonly require: boolean },
): Promise<readonly Column[]> {
  const columns = await asking(openServer(context, access), columnsOf, access.database)
  maskedColumns(columns, masks)
  const names = Object.keys(masks)
  const open = columns.filter((column) => looksPersonal(column) && !names.some((name) => isNamed(column, name)))
  if (!require || !open.length) return open
  throw new DragonfabError({
    code: 'POSTGRES_UNMASKED',
    message: `nothing says how to mask ${open.map(nameOf).join(', ')}, which look personal (postgres.requireMask)`,
    remedy: `add to the config, 'keep' for what may stay: ${suggestion(open).join(' ').replace(/ +/g, ' ')}`,
  })
}

function tellPersonal({ log }: CodeContext, open: readonly Column[]): void {
  if (!open.length) return
  log(`${count(open.length, 'column')} that look personal were cloned as they are; to mask them ('keep' for what may stay):`)
  for (const line of suggestion(open)) log(`  ${line}`)
}

const same = ({ database }: Access, environment: string): DragonfabError =>
  new DragonfabError({
    code: 'POSTGRES_SAME',
    message: `${database} is the database of ${environment} itself`,
    remedy: 'are postgres.name and host of both environments right?',
  })
