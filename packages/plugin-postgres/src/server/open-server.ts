import { type CodeContext, isDragonfabError } from '@dragonfab/core'
import { type Access, isTcp } from './access.ts'
import { createPsqlServer } from './psql.ts'
import type { Server } from './server.ts'

/** This machine, as any user. Its own ports can be reached directly. */
const localLabel = /^local( › sudo:\S+)*$/

/**
 * The server behind a host: by TCP if it listens on TCP and the connection can forward it, otherwise by psql on the host. If SSH refuses to forward,
 * psql is used too.
 */
export function openServer({ executor, signal }: Pick<CodeContext, 'executor' | 'signal'>, access: Access): Server {
  const { host } = access
  const psqlServer = createPsqlServer(executor, access, signal)
  if (!isTcp(host) || (!executor.forward && !localLabel.test(executor.label))) return psqlServer
  return {
    async session(database) {
      const { createPgServer } = await import('./pg.ts')
      try {
        return await createPgServer(executor, { ...access, host }, signal).session(database)
      } catch (error) {
        if (isDragonfabError(error) && /does not forward/.test(error.problems[0]?.cause ?? '')) return psqlServer.session(database)
        throw error
      }
    },
  }
}

/** Opens a session, uses it and closes it. */
export async function withSession<T>(
  server: Server,
  use: (session: Awaited<ReturnType<Server['session']>>) => Promise<T>,
  database?: string,
): Promise<T> {
  const session = await server.session(database)
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}
