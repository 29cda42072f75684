import { type CodeContext, isDragonfabError, type OtherHost } from '@dragonfab/core'
import type { PostgresEnv } from '../options.ts'
import { type Access, accessOf, isTcp } from '../server/access.ts'

/**
 * The protected environment whose config names the same server and database. A database that was never used through that environment has no mark yet,
 * and a line copied within the config easily gives one environment the database of another. Does not connect.
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
    // All environments of a project have the same plugins.
    const env = host.env as unknown as PostgresEnv
    return env.postgres.protected ? [locationOf(accessOf(env), host.machine)] : []
  }
  try {
    return (await context.hostsOf(environment)).flatMap(databaseOf)
  } catch (error) {
    // An invalid config is reported when that environment is used.
    if (isDragonfabError(error)) return []
    throw error
  }
}

/** Identifies a server. An address such as localhost means another one on each machine, so the machine is part of it. */
function locationOf({ host, port = 5432, database }: Access, machine: string): string {
  return JSON.stringify([isTcp(host) && !loopback.test(host) ? host : machine, port, database])
}

const loopback = /^(localhost|127\.[\d.]+|::1)$/
