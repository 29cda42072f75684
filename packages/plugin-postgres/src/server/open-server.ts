import { type CodeContext, isDragonfabError } from '@dragonfab/core'
import { type Access, isTcp } from './access.ts'
import { createPsqlServer } from './psql.ts'
import type { Server } from './server.ts'

/** This machine itself, whoever runs things on it: what listens there is reached without help. */
const localLabel = /^local( › sudo:\S+)*$/

/**
 * The server behind a host: by TCP where it listens so and the connection carries it there, else by psql on the host. Where SSH may not forward,
 * psql finds out why.
 */
export function openServer({ executor, signal }: Pick<CodeContext, 'executor' | 'signal'>, access: Access): Server {
  const { host } = access
  const psqlServer = createPsqlServer(executor, access, signal)
  if (!isTcp(host) || (!executor.forward && !localLabel.test(executor.label))) return psqlServer
  return {
    async session(database) {
      const { createPgServer: viaPg } = await import('./pg.ts')
      try {
        return await viaPg(executor, { ...access, host }, signal).session(database)
      } catch (error) {
        if (isDragonfabError(error) && /does not forward/.test(error.problems[0]?.cause ?? '')) return psqlServer.session(database)
        throw error
      }
    },
  }
}

/** Asks in a session that ends with the questions. */
export async function withSession<T>(
  server: Server,
  questions: (session: Awaited<ReturnType<Server['session']>>) => Promise<T>,
  database?: string,
): Promise<T> {
  const session = await server.session(database)
  try {
    return await questions(session)
  } finally {
    await session.close()
  }
}
