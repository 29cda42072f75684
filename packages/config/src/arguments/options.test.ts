import { expect, test } from 'vitest'
import { milliseconds } from './options.ts'

test.each([
  ['30', 30_000],
  ['0', 0],
  ['1.5', 1500],
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['', undefined],
  ['soon', undefined],
  ['-1', undefined],
  ['1d', undefined],
  ['5 m', undefined],
])('%s', (text, expected) => {
  expect(milliseconds(text)).toBe(expected)
})
