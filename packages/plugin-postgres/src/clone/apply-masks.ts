import { randomBytes } from 'node:crypto'
import { DragonfabError, reveal, type Secret } from '@dragonfab/core'
import { quoteName } from '../archive/read-archive.ts'
import { literal, type ServerSession } from '../server/server.ts'
import { type Column, columnsOf, isNamed, nameOf } from './columns.ts'
import type { Mask, Masks } from './mask.ts'
import { assignMaskSql, explainUnfit, keySetting } from './mask.ts'

interface MaskedColumn {
  readonly column: Column
  readonly mask: Mask
}

/** Finds the columns to mask. Reports all masks that do not fit at once. */
export function findMaskedColumns(columns: readonly Column[], masks: Masks): readonly MaskedColumn[] {
  const wrong: string[] = []
  const masked = Object.entries(masks).flatMap(([name, mask]) => {
    const column = columns.find((each) => isNamed(each, name))
    const why = column ? explainUnfit(column, mask) : 'is not in the database'
    if (why !== undefined) wrong.push(`${name} ${why}`)
    return column && mask !== 'keep' ? [{ column, mask }] : []
  })
  if (wrong.length)
    throw new DragonfabError({
      code: 'POSTGRES_MASK',
      message: `some columns cannot be masked: ${wrong.join('; ')}`,
      remedy: 'correct postgres.mask; nothing was changed',
    })
  return masked
}

/**
 * Masks columns in a database that nobody uses yet. Triggers are off, because they may copy values to other places. The old rows are removed from the
 * tables' files, and materialized views are computed again.
 */
export async function applyMasks(session: ServerSession, masks: Masks, key: Secret | undefined): Promise<number> {
  const masked = findMaskedColumns(await columnsOf(session), masks)
  if (!masked.length) return 0
  await checkReferences(session, masked)
  const tables = new Map<string, MaskedColumn[]>()
  for (const each of masked) {
    const table = `${quoteName(each.column.schema)}.${quoteName(each.column.table)}`
    tables.set(table, [...(tables.get(table) ?? []), each])
  }
  const secret = key === undefined ? randomBytes(32).toString('hex') : reveal(key)
  await session.rows(`SELECT set_config(${literal(keySetting)}, ${literal(secret)}, false) IS NULL AS none`)
  const [currentRole] = await session.rows<{ superuser: boolean }>(
    'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
  )
  // Foreign keys are valid again once both sides are masked.
  if (currentRole?.superuser) await session.run("SET session_replication_role TO 'replica'")
  for (const [table, columns] of tables) {
    const triggers = await session.rows<{ name: string; enabled: string }>(
      `SELECT tgname AS name, tgenabled AS enabled FROM pg_trigger WHERE tgrelid = ${literal(table)}::regclass AND NOT tgisinternal AND tgenabled <> 'D'`,
    )
    await session.run(
      'BEGIN',
      ...triggers.map(({ name }) => `ALTER TABLE ${table} DISABLE TRIGGER ${quoteName(name)}`),
      `UPDATE ${table} SET ${columns.map(({ column, mask }) => assignMaskSql(column, mask)).join(', ')}`,
      ...triggers.map(({ name, enabled }) => `ALTER TABLE ${table} ENABLE ${triggerModes[enabled] ?? ''} TRIGGER ${quoteName(name)}`),
      'COMMIT',
    )
    await session.run(`VACUUM FULL ${table}`)
  }
  if (currentRole?.superuser) await session.run('RESET session_replication_role')
  const views = await session.rows<{ name: string }>(
    "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'm' AND relispopulated ORDER BY oid",
  )
  for (const { name } of views) await session.run(`REFRESH MATERIALIZED VIEW ${name}`)
  return masked.length
}

const triggerModes: Readonly<Record<string, string>> = { A: 'ALWAYS', R: 'REPLICA' }

/** If a column refers to another, both must be hashed or neither. Otherwise rows would refer to nothing. */
async function checkReferences(session: ServerSession, masked: readonly MaskedColumn[]): Promise<void> {
  const references = await session.rows<{ from: string; to: string }>(
    `SELECT format('%s.%s.%s', fn.nspname, f.relname, fa.attname) AS from, format('%s.%s.%s', tn.nspname, t.relname, ta.attname) AS to
     FROM (SELECT conrelid, confrelid, unnest(conkey) AS fk, unnest(confkey) AS tk FROM pg_constraint WHERE contype = 'f') k
     JOIN pg_class f ON f.oid = k.conrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = k.fk
     JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = k.tk`,
  )
  const maskOfName = (name: string): Mask | undefined => masked.find(({ column }) => isNamed(column, name))?.mask
  const broken = references.flatMap(({ from, to }) => {
    const [one, other] = [maskOfName(from), maskOfName(to)]
    return one === 'null' || (one === undefined && other === undefined) || (one === 'hash' && other === 'hash')
      ? []
      : [`${from} refers to ${to}`]
  })
  if (!broken.length) return
  throw new DragonfabError({
    code: 'POSTGRES_MASK',
    message: `foreign keys would refer to missing rows: ${broken.join('; ')}`,
    remedy: "hash both columns, or set the one that refers to 'null'",
  })
}

/** Lines for the config that mask columns that look personal. */
export function suggestMasks(columns: readonly Column[]): readonly string[] {
  return ['postgres: {', '  mask: {', ...columns.map((column) => `    '${nameOf(column)}': '${proposeMask(column)}',`), '  },', '},']
}

const proposeMask = (column: Column): Mask => (['hash', 'null'] as const).find((mask) => explainUnfit(column, mask) === undefined) ?? 'keep'
