import { type CodeContext, isDragonfabError, type OtherHost } from '@dragonfab/core'
import type { PostgresEnv } from '../env.ts'
import { type Access, accessOf, isTcp } from '../server/access.ts'

/**
 * The protected environment whose database this is, as the config tells it: the same server and name. What that environment has never been
 * used with bears no mark yet, and a copied line is how one environment comes to another's database. Nothing is connected to.
 */
export async function findProtectedNamesake(context: CodeContext, access: Access, environment: string): Promise<string | undefined> {
  const own = (await context.hostsOf(environment)).map(({ machine }) => locationOf(access, machine))
  for (const other of context.environments) {
    if (other === environment) continue
    if ((await protectedLocations(context, other)).some((each) => own.includes(each))) return other
  }
  return undefined
}

async function protectedLocations(context: CodeContext, environment: string): Promise<readonly string[]> {
  const databaseOf = (host: OtherHost): readonly string[] => {
    // This project's plugins are that environment's too.
    const env = host.env as unknown as PostgresEnv
    return env.postgres.protected ? [locationOf(accessOf(env), host.machine)] : []
  }
  try {
    return (await context.hostsOf(environment)).flatMap(databaseOf)
  } catch (error) {
    // One whose config is not right is told of where it is used.
    if (isDragonfabError(error)) return []
    throw error
  }
}

/** Where a database lies: a server that only the host itself can mean is told apart by the machine. */
function locationOf({ host, port = 5432, database }: Access, machine: string): string {
  return JSON.stringify([isTcp(host) && !loopback.test(host) ? host : machine, port, database])
}

const loopback = /^(localhost|127\.[\d.]+|::1)$/
