import { type CodeStep, code } from '@dragonfab/core'
import { type DumpRequest, makeDump } from '../dumps/make-dump.ts'
import type { PostgresEnv } from '../env.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'

/** What a dump of this environment is made from. */
export const dumpRequest = ({ stage, postgres }: PostgresEnv): DumpRequest => ({
  environment: stage,
  folder: postgres.dumps,
  keep: postgres.keepDumps,
  dumpWith: postgres.dumpWith,
  protected: postgres.protected,
})

/** What of the access is told in a plan: no secret, but who it is of. */
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
