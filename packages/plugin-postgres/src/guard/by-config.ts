import { type CodeContext, isDragonfabError, type OtherHost } from '@dragonfab/core'
import type { PostgresEnv } from '../env.ts'
import { accessOf, isTcp } from '../server/access.ts'

/**
 * The protected environment whose database this one's is, as the config tells it: the same server and name. What that environment has never
 * been used with bears no mark yet, and a copied line is how one environment comes to another's database. Nothing is connected to.
 */
export async function protectedNamesake(context: CodeContext, environment: string): Promise<string | undefined> {
  const own = places(await context.elsewhere(environment))
  for (const other of context.environments) {
    if (other === environment) continue
    // One whose config is not right is told of where it is used.
    const hosts = await context.elsewhere(other).catch((error: unknown) => {
      if (isDragonfabError(error)) return []
      throw error
    })
    const theirs = places(hosts.filter(({ env }) => (env as unknown as PostgresEnv).postgres.protected))
    if (theirs.some((each) => own.includes(each))) return other
  }
  return undefined
}

/** Where the database of each host lies: a server that only the host itself can mean is told apart by the machine. */
function places(hosts: readonly OtherHost[]): readonly string[] {
  return hosts.map(({ env, machine }) => {
    const { database, host, port = 5432 } = accessOf(env as unknown as PostgresEnv)
    const server = isTcp(host) && !loopback.test(host) ? host : machine
    return JSON.stringify([server, port, database])
  })
}

const loopback = /^(localhost|127\.[\d.]+|::1)$/
