import type { Row, ServerSession } from '../server/server.ts'

export interface Column extends Row {
  readonly schema: string
  readonly table: string
  readonly name: string
  /** As SQL writes it: `character varying(20)`. */
  readonly type: string
  /** The base type of a domain: `varchar`. */
  readonly base: string
  readonly nullable: boolean
  readonly generated: boolean
}

/** The columns of all tables of a database that hold data. */
export const columnsOf = (session: ServerSession): Promise<readonly Column[]> =>
  session.rows<Column>(
    `SELECT n.nspname AS schema, c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, coalesce(b.typname, t.typname) AS base,
            NOT (a.attnotnull OR t.typnotnull) AS nullable, coalesce(to_jsonb(a)->>'attgenerated', '') <> '' AS generated
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY n.nspname, c.relname, a.attnum`,
  )

/** Its name in the config: `users.email`, with the schema if that is not `public`. */
export const nameOf = ({ schema, table, name }: Column): string => `${schema === 'public' ? '' : `${schema}.`}${table}.${name}`

export const isNamed = (column: Column, name: string): boolean =>
  name === nameOf(column) || name === `${column.schema}.${column.table}.${column.name}`

/** Words in the names of columns that hold personal data. */
const personalNames =
  /^(e_?mails?(_address(es)?)?|(mobile|cell)?_?(tele)?phones?(_(number|no|nr))?|tel|fax|mobile|(first|last|middle|full|maiden|given|family|sur|user|nick|display|real|billing|shipping|customer|contact)_?name|surname|login|username|password(_(hash|digest))?|passwd|pwd|(street|postal|home|billing|shipping|mail|delivery)?_?address(_?(line)?_?\d)?|street|zip(_?code)?|post(al)?_?code|(date_of_)?birth(_?da(y|te))?|dob|age|gender|iban|bic|(bank_)?account_(number|no)|(credit_?)?card_(number|no)|ssn|social_security(_number)?|tax_(id|number)|vat_(id|number)|passport(_(number|no))?|(last_|remote_|client_)?ip(_address)?|(api_?|access_?|refresh_?|auth_?)?(token|secret)|api_?key|lat(itude)?|lon(gitude)?)$/

/** Whether a column's name suggests personal data: the whole name is one of these words, or its end is (`owner_email`). */
export function looksPersonal({ name }: Pick<Column, 'name'>): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  return personalNames.test(words) || /(^|_)(e?mail|phone|iban|password|birthda(y|te)|ip_address|ssn)$/.test(words)
}
