/** A row as JSON has it. */
export type Row = Readonly<Record<string, unknown>>

/** One session at the server: it may hold locks, and is over when this program is. */
export interface ServerSession {
  /** The rows of a query. */
  rows<T extends Row = Row>(query: string): Promise<readonly T[]>
  /** Runs statements, each on its own unless they say BEGIN. Rejects with POSTGRES_FAILED and the server's message. */
  run(...statements: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Asks a server, in whichever way it lets us in. */
export interface Server {
  /** A new session in this database; in the maintenance database by default. */
  session(database?: string): Promise<ServerSession>
}

/** What a role or a database may be set to, and what would end a session that waits for a dump to be restored. */
export const noTimeouts = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
  ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout')`

/** Text as SQL has it. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
