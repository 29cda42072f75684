import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSize } from './format-amounts.ts'

test('a size is never shown as 1000 of a unit', () => {
  expect(formatSize(999_999)).toBe('1.0 MB')
  fc.assert(fc.property(fc.integer({ min: 0, max: 999e12 }), (bytes) => !formatSize(bytes).startsWith('1000 ')))
})
