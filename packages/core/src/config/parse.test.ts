import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSecret, reveal } from '../secret.ts'
import { flag, list, secretText, table, text, whole } from './fields.ts'
import { parseValue } from './parse.ts'

const help = 'h'
const config = (field: Parameters<typeof parseValue>[0], value: unknown) => parseValue(field, value, { name: 'x' })
const parseTyped = (field: Parameters<typeof parseValue>[0], value: string) => parseValue(field, value, { name: 'x', text: true })

describe('text on the command line', () => {
  it.each([
    [whole({ help }), '5', 5],
    [whole({ help }), ' -3 ', -3],
    [flag({ help }), 'yes', true],
    [flag({ help }), 'Off', false],
    [flag({ help }), '1', true],
    [list({ help }), 'a, b,,c', ['a', 'b', 'c']],
    [list({ help }), '["a,b"]', ['a,b']],
    [list({ help }), '', []],
    [table({ help }), 'A=1,B=x=y', { A: '1', B: 'x=y' }],
    [table({ help }), '{"A":1}', { A: 1 }],
    [text({ help }), '5', '5'],
    [text({ help, choices: ['a'] }), 'a', 'a'],
  ])('%# is read', (field, value, expected) => {
    expect(parseTyped(field, value)).toEqual({ value: expected })
  })

  it.each([
    [whole({ help }), '5.0'],
    [whole({ help }), '0x10'],
    [whole({ help }), ''],
    [whole({ help }), '99999999999999999999'],
    [flag({ help }), 'ja'],
    [flag({ help }), 'constructor'],
    [list({ help }), '["a"'],
    [table({ help }), 'A'],
    [table({ help }), '{"A":[1]}'],
  ])('%# is refused', (field, value) => {
    expect(parseTyped(field, value).faults).toHaveLength(1)
  })

  it('numbers come back from their text; the config takes none as text', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (number) => {
        expect(parseTyped(whole({ help }), String(number))).toEqual({ value: number === 0 ? 0 : number })
        expect(config(whole({ help }), number)).toEqual({ value: number })
        expect(config(whole({ help }), String(number)).faults).toHaveLength(1)
      }),
    )
  })
})

describe('values of a config', () => {
  it('NUL is refused everywhere', () => {
    const nul = 'a\0b'
    for (const field of [
      text({ help }),
      text({ help, operand: true }),
      list({ help }),
      list({ help, parse: (value) => value }),
      table({ help }),
      secretText({ help }),
    ]) {
      expect(config(field, field.kind === 'table' ? { a: nul } : nul).faults?.join()).toMatch(/NUL|control/)
    }
    expect(config(table({ help }), { [nul]: 'a' }).faults).toHaveLength(1)
  })

  it('half of a surrogate pair is refused: it would arrive as another character', () => {
    for (const field of [text({ help }), list({ help }), list({ help, parse: (value) => value }), secretText({ help })])
      expect(config(field, 'a\ud800').faults?.join()).toContain('half of a surrogate pair')
    expect(config(table({ help }), { a: '\udc00' }).faults?.join()).toContain('half of a surrogate pair')
    expect(config(table({ help }), { '\ud800': 'a' }).faults).toHaveLength(1)
    expect(config(text({ help }), '🐉')).toEqual({ value: '🐉' })
  })

  it('plain text never is an option, nor breaks a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const parsed = config(text({ help, operand: true }), value)
        if (!parsed.faults) expect(parsed.value).toMatch(/^[^-\0-\x1f\x7f][^\0-\x1f\x7f]*$/u)
        if (/^[a-zA-Z0-9 äß$'"`\\;&|-]+$/.test(value) && !value.startsWith('-')) expect(parsed).toEqual({ value })
      }),
      { numRuns: 2000 },
    )
  })

  it('text that is not plain arrives as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).filter((value) => !value.includes('\0')),
        (value) => void expect(config(text({ help }), value)).toEqual({ value }),
      ),
    )
  })

  it('a pattern holds for the whole value, every time', () => {
    const field = text({ help, pattern: /a|b/g })
    expect([config(field, 'a'), config(field, 'a'), config(field, 'ab').faults?.length, config(field, 'a\n').faults?.length]).toEqual([
      { value: 'a' },
      { value: 'a' },
      1,
      1,
    ])
  })

  it('empty text is refused, unless it is allowed', () => {
    expect(config(text({ help }), '').faults).toEqual(['is empty'])
    expect(config(text({ help, allowEmpty: true }), '')).toEqual({ value: '' })
    expect(config(list({ help }), ['a', '']).faults).toEqual(['[1] is empty'])
  })

  it('secrets are hidden, and never part of an error', () => {
    const parsed = config(secretText({ help }), 'hunter2')
    expect('value' in parsed && isSecret(parsed.value) && [reveal(parsed.value), parsed.value.label]).toEqual(['hunter2', 'x'])
    expect(JSON.stringify([config(secretText({ help }), ['hunter2']), config(secretText({ help }), 'hunter2\0')])).not.toContain('hunter2')
  })

  it('a check that takes time is refused', () => {
    const check = { '~standard': { version: 1 as const, vendor: 'x', validate: async (value: unknown) => ({ value: String(value) }) } }
    expect(config(text({ help, check }), 'a').faults).toEqual(['has an asynchronous check: a check must return its result at once'])
  })
})
