import type { CodeContext } from '@dragonfab/core'
import type { Access } from './access.ts'
import { openServer, withSession } from './open-server.ts'
import { literal, type ServerSession } from './server.ts'

/** A server and one of its databases, as they are before a task changes anything. */
export interface DatabaseState {
  /** `15.18 (Debian …)` */
  readonly serverVersion: string
  readonly serverVersionNumber: number
  /** From pg_control: every initdb makes a new one, and a standby has its primary's. */
  readonly system: string
  /** Undefined if there is no such database. */
  readonly database: DatabaseFacts | undefined
  /** Whether the role that connects may create databases. */
  readonly mayCreate: boolean
  readonly superuser: boolean
}

export interface DatabaseFacts extends Record<string, unknown> {
  /** From pg_database: every CREATE DATABASE makes a new one. */
  readonly oid: number
  readonly owner: string
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  /** `c`, `i`, `b`: libc, ICU, builtin. */
  readonly provider: string
  readonly icuLocale: string | null
  readonly tablespace: string
  readonly connectionLimit: number
  readonly bytes: number
  /** Rows ever inserted, updated and deleted, as the statistics have it. */
  readonly writes: number
  readonly connections: number
  readonly protected: boolean
}

/** The setting that marks a database as protected. It survives a rename. */
export const protectedSetting = 'dragonfab.protected'

/** Queries all of it at once. */
export async function queryDatabaseState(session: ServerSession, name: string): Promise<DatabaseState> {
  const [server] = await session.rows<{ version: string; number: number; system: string; mayCreate: boolean; superuser: boolean }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
            (SELECT system_identifier::text FROM pg_control_system()) AS system, rolcreatedb OR rolsuper AS "mayCreate", rolsuper AS superuser
     FROM pg_roles WHERE rolname = current_user`,
  )
  if (!server) throw new Error('the server does not know the role that connects')
  const number = server.number
  const provider = number >= 150000 ? 'd.datlocprovider::text' : "'c'"
  const icu = number >= 170000 ? 'd.datlocale' : number >= 150000 ? 'd.daticulocale' : 'NULL'
  const [database] = await session.rows<DatabaseFacts & Record<string, unknown>>(
    `SELECT d.oid::int8 AS oid, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS "collate",
            d.datctype AS ctype, ${provider} AS provider, ${icu} AS "icuLocale", t.spcname AS tablespace, d.datconnlimit AS "connectionLimit",
            CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) ELSE 0 END AS bytes,
            coalesce(s.tup_inserted + s.tup_updated + s.tup_deleted, 0) AS writes, coalesce(s.numbackends, 0) AS connections,
            EXISTS (SELECT FROM pg_db_role_setting r WHERE r.setdatabase = d.oid AND r.setrole = 0
                    AND ${literal(`${protectedSetting}=on`)} = ANY (r.setconfig)) AS protected
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace LEFT JOIN pg_stat_database s ON s.datid = d.oid
     WHERE d.datname = ${literal(name)}`,
  )
  return {
    serverVersion: server.version,
    serverVersionNumber: number,
    system: server.system,
    database,
    mayCreate: server.mayCreate,
    superuser: server.superuser,
  }
}

/** The same, in its own session. */
export const readDatabaseState = (context: CodeContext, access: Access): Promise<DatabaseState> =>
  withSession(openServer(context, access), (session) => queryDatabaseState(session, access.database))

/** The part of a version that pg_dump and the server must agree on: 9.6 → 9, 15.18 → 15. */
export const major = (version: string): number => Number.parseInt(version, 10)
