/** A row, as JSON. */
export type Row = Readonly<Record<string, unknown>>

/** One session of the server. It may hold locks, and ends when this program ends. */
export interface ServerSession {
  /** The rows of a query. */
  rows<T extends Row = Row>(query: string): Promise<readonly T[]>
  /** Runs statements, each on its own unless they say BEGIN. Rejects with POSTGRES_FAILED and the server's message. */
  run(...statements: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** A server, however it is reached. */
export interface Server {
  /** A new session in this database; in the maintenance database by default. */
  session(database?: string): Promise<ServerSession>
}

/** Roles and databases may have timeouts that would end a session while it waits for a dump to be restored. */
export const noTimeouts = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
  ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout')`

/** Quotes a text for SQL. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
