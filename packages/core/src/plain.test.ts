import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainObject, mergeValues } from './plain.ts'
import { hide } from './secret.ts'

const key = fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString'), fc.string())
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('table'),
  ),
  table: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))
const table = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true })

/** Tables in which a name stands for the same kind of thing: what is a table in one is none of the other's scalars. */
const { shaped } = fc.letrec((tie) => ({
  shaped: fc.record(
    { a: fc.oneof(fc.integer(), fc.array(fc.integer(), { maxLength: 2 })), b: fc.string(), t: tie('shaped'), u: tie('shaped') },
    { requiredKeys: [], noNullPrototype: true },
  ),
}))

describe('merge', () => {
  it('keeps what the layer above does not set', () => {
    fc.assert(fc.property(value, (below) => void expect(mergeValues(below, undefined)).toEqual(below)))
    fc.assert(fc.property(table, (below) => void expect(mergeValues(below, {})).toEqual(below)))
    fc.assert(fc.property(table, (above) => void expect(mergeValues({}, above)).toEqual(above)))
  })

  it('is idempotent', () => {
    fc.assert(fc.property(value, (both) => void expect(mergeValues(both, both)).toEqual(both)))
  })

  it('of three tables of one shape does not depend on which two come first', () => {
    fc.assert(
      fc.property(
        shaped,
        shaped,
        shaped,
        (a, b, c) => void expect(mergeValues(mergeValues(a, b), c)).toEqual(mergeValues(a, mergeValues(b, c))),
      ),
    )
  })

  it('replaces everything but tables', () => {
    fc.assert(
      fc.property(
        value,
        value,
        (below, above) => void (isPlainObject(below) && isPlainObject(above) ? 0 : expect(mergeValues(below, above)).toEqual(above)),
      ),
    )
    expect(mergeValues({ list: [1, 2], deep: { a: 1, b: 1 } }, { list: [3], deep: { b: 2 } })).toEqual({ list: [3], deep: { a: 1, b: 2 } })
  })

  it('changes neither side, and no prototype', () => {
    fc.assert(
      fc.property(table, table, (below, above) => {
        const [before, later] = [structuredClone(below), structuredClone(above)]
        mergeValues(below, above)
        expect([below, above]).toEqual([before, later])
      }),
    )
    mergeValues({}, JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('takes a secret as one value', () => {
    expect(isPlainObject(hide('x'))).toBe(false)
    const secret = hide('x')
    expect(mergeValues({ a: { b: 1 } }, { a: secret })).toEqual({ a: secret })
  })
})
