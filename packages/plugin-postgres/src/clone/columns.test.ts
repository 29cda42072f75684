import { describe, expect, test } from 'vitest'
import { type Column, isNamed, looksPersonal, nameOf } from './columns.ts'
import { assignMaskSql, explainUnfit, parseMask } from './mask.ts'

const column = (more: Partial<Column> = {}): Column => ({
  schema: 'public',
  table: 'users',
  name: 'email',
  type: 'text',
  base: 'text',
  nullable: true,
  generated: false,
  ...more,
})

describe('columns', () => {
  test.each([
    'email',
    'Email',
    'owner_email',
    'first_name',
    'firstName',
    'phoneNumber',
    'mobile_phone',
    'zip',
    'date_of_birth',
    'birthday',
    'iban',
    'last_ip',
    'password_hash',
  ])('%s looks personal', (name) => expect(looksPersonal({ name })).toBe(true))
  test.each(['id', 'name', 'title', 'created_at', 'emailed_at', 'price', 'telemetry', 'zipped', 'status', 'city_id', 'version'])(
    '%s does not look personal',
    (name) => expect(looksPersonal({ name })).toBe(false),
  )
  test('are named without public, and with any schema', () => {
    expect(nameOf(column())).toBe('users.email')
    expect(nameOf(column({ schema: 'crm' }))).toBe('crm.users.email')
    expect(isNamed(column(), 'public.users.email')).toBe(true)
    expect(isNamed(column({ schema: 'crm' }), 'users.email')).toBe(false)
  })
})

describe('masks', () => {
  test('are parsed, or refused with what they should be', () => {
    expect([parseMask('hash'), parseMask({ constant: 'hash' }), parseMask(null as never)]).toEqual(['hash', { constant: 'hash' }, 'null'])
    for (const wrong of ['hsah', 1, {}, { constant: null }, { constant: 1, more: 2 }])
      expect(() => parseMask(wrong as never)).toThrow(/should be/)
  })
  test('that do not fit a column are reported', () => {
    expect(explainUnfit(column({ nullable: false }), 'null')).toBe('may not be null')
    expect(explainUnfit(column({ base: 'date', type: 'date' }), 'hash')).toContain('is date, which cannot hold a hash')
    expect(explainUnfit(column({ generated: true }), { constant: 1 })).toContain('is computed')
    expect(explainUnfit(column({ base: 'date', generated: true }), 'keep')).toBeUndefined()
  })
  test('quote names and values', () => {
    expect(assignMaskSql(column({ name: 'a"b' }), 'null')).toBe('"a""b" = NULL')
    expect(assignMaskSql(column({ type: 'character varying(9)' }), { constant: "it's" })).toBe(`"email" = 'it''s'::character varying(9)`)
  })
})
