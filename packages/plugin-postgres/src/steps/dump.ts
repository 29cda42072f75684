import { type CodeStep, code } from '@dragonfab/core'
import { type DumpRequest, makeDump } from '../dumps/make-dump.ts'
import type { PostgresEnv } from '../options.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'

/** What to dump for this environment. */
export const dumpRequest = ({ stage, postgres }: PostgresEnv): DumpRequest => ({
  environment: stage,
  folder: postgres.dumps,
  keep: postgres.keepDumps,
  dumpWith: postgres.dumpWith,
  protected: postgres.protected,
})

/** The access without its secrets, for a plan. */
export function accessArgs(env: PostgresEnv) {
  const { password, ...access } = accessOf(env)
  return { ...access, password: password?.label }
}

/** Dumps the environment's database to this machine. */
export function dumpDatabase(env: PostgresEnv): CodeStep {
  const request = dumpRequest(env)
  return code(
    {
      name: 'postgres.dump',
      title: `dump ${env.postgres.name}`,
      args: { ...request, ...accessArgs(env) },
      firstHost: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      await makeDump(context, accessOf(env), request)
    },
  )
}
