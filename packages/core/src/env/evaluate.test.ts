import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPlaceholders, placeholderNames, solePlaceholder } from './evaluate.ts'

const escapePercent = (text: string): string => text.replaceAll('%', '%%')

const refuse = (name: string): never => {
  throw new Error(name)
}

describe('format', () => {
  it.each([
    ['%(path)s/current', '<path>/current'],
    ['%(a.b)s%(keep_releases)s', '<a.b><keep_releases>'],
    ['%%(path)s', '%(path)s'],
    ['%%%(path)s', '%<path>'],
    ['100%%', '100%'],
    ['%d %s %( %() %(a b)s %(a)d 5% %', '%d %s %( %() %(a b)s %(a)d 5% %'],
    ['%(a)', '%(a)'],
    ['', ''],
  ])('%j → %j', (text, expected) => {
    expect(formatPlaceholders(text, (name) => `<${name}>`)).toBe(expected)
  })

  it('gives escaped text back', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[%()s a]*$/), fc.string({ unit: 'binary' }))
    fc.assert(fc.property(text, (text) => void expect(formatPlaceholders(escapePercent(text), refuse)).toBe(text)))
    fc.assert(fc.property(text, (text) => void expect(placeholderNames(escapePercent(text))).toEqual([])))
  })

  it('puts values in as they are, whatever they look like', () => {
    fc.assert(fc.property(fc.string(), (value) => void expect(formatPlaceholders('a%(x)sb', () => value)).toBe(`a${value}b`)))
  })

  it('knows the names in a text', () => {
    expect(placeholderNames('%(a)s %%(b)s %(c.d)s')).toEqual(['a', 'c.d'])
    expect([solePlaceholder('%(a)s'), solePlaceholder('%(a)s '), solePlaceholder('%%(a)s'), solePlaceholder('%(a)s%(b)s')]).toEqual([
      'a',
      undefined,
      undefined,
      undefined,
    ])
  })
})
