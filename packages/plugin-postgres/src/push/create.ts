import { quoteName } from '../archive/read-archive.ts'
import type { Manifest } from '../dumps/folder.ts'
import type { DatabaseFacts, DatabaseState } from '../server/database-state.ts'
import { literal, type ServerSession } from '../server/server.ts'

/**
 * The statement that creates a database with the encoding, collation and tablespace of the one that it will replace. If there is none, those of the
 * dumped database are used, if the server has that collation.
 */
export async function createDatabaseSql(
  session: ServerSession,
  name: string,
  options: { readonly state: DatabaseState; readonly owner: string; readonly settings: Manifest['settings'] | undefined },
): Promise<string> {
  const { state, owner, settings } = options
  const locale = state.database ? localeSql(state.database) : settings && (await hostLocaleSql(session, settings))
  const words = [`CREATE DATABASE ${quoteName(name)} WITH OWNER ${quoteName(owner)} TEMPLATE template0`]
  if (locale) words.push(locale)
  if (state.database) words.push(`TABLESPACE ${quoteName(state.database.tablespace)}`)
  return words.join(' ')
}

function localeSql({ encoding, collate, ctype, provider, icuLocale }: DatabaseFacts): string {
  const words = [`ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`]
  if (provider === 'i') words.push(`LOCALE_PROVIDER icu ICU_LOCALE ${literal(icuLocale ?? '')}`)
  if (provider === 'b') words.push(`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(icuLocale ?? '')}`)
  return words.join(' ')
}

async function hostLocaleSql(session: ServerSession, { encoding, collate, ctype }: Manifest['settings']): Promise<string> {
  const known =
    await session.rows(`SELECT 1 AS one FROM pg_collation WHERE collcollate IN (${literal(collate)}, ${literal(collate.replace(/-/g, '').toLowerCase())})
    OR ${literal(collate)} IN ('C', 'POSIX') LIMIT 1`)
  return known.length
    ? `ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`
    : `ENCODING ${literal(encoding)}`
}

interface RoleSetting extends Record<string, unknown> {
  readonly role: string | null
  readonly setting: string
}

/** Settings whose values are lists of names. Quoted as a whole they would be one name. */
const listSettings = /^(search_path|temp_tablespaces|(local|session|shared)_preload_libraries|unix_socket_directories)$/i

/** A database's settings, privileges, comment and connection limit, which a dump does not contain. The new database gets those of the one it replaces. */
export async function readBelongings(session: ServerSession, from: DatabaseFacts, to: string): Promise<readonly string[]> {
  const settings = await session.rows<RoleSetting>(
    `SELECT r.rolname AS role, unnest(s.setconfig) AS setting FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
     WHERE s.setdatabase = ${from.oid}`,
  )
  const grants = await session.rows<{ grantee: string | null; privilege: string; grantable: boolean }>(
    `SELECT r.rolname AS grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
     FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.oid = ${from.oid}`,
  )
  const [database] = await session.rows<{ comment: string | null; granted: boolean }>(
    `SELECT shobj_description(oid, 'pg_database') AS comment, datacl IS NOT NULL AS granted FROM pg_database WHERE oid = ${from.oid}`,
  )
  const name = quoteName(to)
  return [
    ...settings.map(settingSql(name)),
    ...(database?.granted ? [`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`] : []),
    ...grants.map(
      ({ grantee, privilege, grantable }) =>
        `GRANT ${privilege} ON DATABASE ${name} TO ${grantee === null ? 'PUBLIC' : quoteName(grantee)}${grantable ? ' WITH GRANT OPTION' : ''}`,
    ),
    ...(database?.comment ? [`COMMENT ON DATABASE ${name} IS ${literal(database.comment)}`] : []),
    ...(from.connectionLimit === -1 ? [] : [`ALTER DATABASE ${name} WITH CONNECTION LIMIT ${from.connectionLimit}`]),
  ]
}

function settingSql(database: string): (setting: RoleSetting) => string {
  return ({ role, setting }) => {
    const separator = setting.indexOf('=')
    const [name, value] = [setting.slice(0, separator), setting.slice(separator + 1)]
    const alterSql = role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${quoteName(role)} IN DATABASE ${database}`
    const values = listSettings.test(name) ? splitNames(value).map(literal).join(', ') || "''" : literal(value)
    return `${alterSql} SET ${name.split('.').map(quoteName).join('.')} TO ${values}`
  }
}

/** `"$user", public` → `$user`, `public`. */
function splitNames(value: string): readonly string[] {
  return (value.match(/"(?:[^"]|"")*"|[^",\s]+/g) ?? []).map((each) =>
    each.startsWith('"') ? each.slice(1, -1).replaceAll('""', '"') : each,
  )
}
