import type { Duplex } from 'node:stream'
import { type Executor, reveal } from '@dragonfab/core'
import pg from 'pg'
import type { Access } from './access.ts'
import { createPostgresError } from './problems.ts'
import { noTimeouts, type Row, type Server, type ServerSession } from './server.ts'

/** Runs queries over TCP, through the open connection to the host, so the host needs no client programs. */
export function createPgServer(executor: Executor, access: Access & { readonly host: string }, signal: AbortSignal): Server {
  return {
    async session(database = access.maintenance) {
      const client = await connectClient(executor, access, database, signal)
      return new PgSession(client)
    },
  }
}

class PgSession implements ServerSession {
  readonly #client: pg.Client
  #error: Error | undefined

  constructor(client: pg.Client) {
    this.#client = client
    // The next query rejects with it.
    client.on('error', (error) => {
      this.#error ??= error
    })
  }

  async rows<T extends Row>(query: string): Promise<readonly T[]> {
    const { rows } = await this.#query(`SELECT coalesce(json_agg(q), '[]')::text AS rows FROM (${query}) q`)
    return JSON.parse(String(rows[0]?.rows ?? '[]')) as readonly T[]
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.#query(statement)
  }

  async close(): Promise<void> {
    await Promise.race([this.#client.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 2000).unref())])
  }

  async #query(text: string): Promise<pg.QueryResult> {
    if (this.#error) throw createPostgresError('the query failed', this.#error.message)
    try {
      return await this.#client.query(text)
    } catch (error) {
      throw createPostgresError('the query failed', describePgError(error))
    }
  }
}

/** Worded like psql, with the error's number, which is the same in every language. */
function describePgError(error: unknown): string {
  const { code, message, detail, hint } = error as { code?: string; message?: string; detail?: string; hint?: string }
  const first = code && /^[0-9A-Z]{5}$/.test(code) ? `ERROR:  ${code}: ${message}` : message || code || String(error)
  return [first, detail && `DETAIL:  ${detail}`, hint && `HINT:  ${hint}`].filter(Boolean).join('\n')
}

async function connectClient(
  executor: Executor,
  access: Access & { readonly host: string },
  database: string,
  signal: AbortSignal,
): Promise<pg.Client> {
  const { host, port = 5432, role, password, ssl } = access
  const attempt = async (encrypted: boolean): Promise<pg.Client> => {
    const stream = executor.forward ? await executor.forward(host, port) : undefined
    const client = new pg.Client({
      host,
      port,
      user: role,
      database,
      ...(password !== undefined && { password: reveal(password) }),
      ...(stream && { stream: () => connectedSocket(stream) as never }),
      ssl: encrypted && {
        rejectUnauthorized: ssl.startsWith('verify'),
        ...(ssl === 'verify-full' ? { servername: host } : { checkServerIdentity: () => undefined }),
      },
      application_name: 'dragonfab',
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
    })
    client.on('error', () => undefined)
    const stop = (): void => void client.end().catch(() => undefined)
    signal.addEventListener('abort', stop, { once: true })
    client.once('end', () => signal.removeEventListener('abort', stop))
    await client.connect()
    await client.query(`SET client_min_messages TO warning; ${noTimeouts}`)
    return client
  }
  try {
    if (ssl === 'disable') return await attempt(false)
    if (ssl !== 'prefer') return await attempt(true)
    return await attempt(true).catch((error: unknown) => {
      if (/does not support SSL/.test(String((error as Error).message))) return attempt(false)
      throw error
    })
  } catch (error) {
    throw createPostgresError(`${host}:${port}`, describePgError(error))
  }
}

/** Gives pg a stream that is already connected. It calls `connect` on its socket, and waits for the event. */
function connectedSocket(stream: NodeJS.ReadWriteStream): Duplex {
  const socket = stream as unknown as Duplex & Record<string, unknown>
  const nothing = (): unknown => socket
  for (const name of ['setNoDelay', 'setKeepAlive', 'setTimeout', 'ref', 'unref'])
    if (!(name in socket)) Object.assign(socket, { [name]: nothing })
  Object.assign(socket, {
    connect: () => {
      queueMicrotask(() => socket.emit('connect'))
      return socket
    },
  })
  return socket
}
