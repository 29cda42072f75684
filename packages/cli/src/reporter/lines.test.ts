import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBuffer } from './lines.ts'
import { escapeControls } from './text.ts'

test('however the text is cut, the lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '🐉', '\n', '\r', ' ') })), (chunks) => {
      const lines = (pieces: readonly string[]): readonly string[] => {
        const buffer = new LineBuffer()
        return [...pieces.flatMap((piece) => buffer.push(piece)), ...buffer.end()]
      }
      expect(lines(chunks)).toEqual(lines([chunks.join('')]))
    }),
  )
})

test('a progress bar leaves its last state', () => {
  const buffer = new LineBuffer()
  expect(buffer.push('10%\r50%')).toEqual([])
  expect(buffer.open).toBe('50%')
  expect(buffer.push('\r100%\r\nnext')).toEqual(['100%'])
  expect(buffer.end()).toEqual(['next'])
})

test('a progress bar that goes on for ever leaves no line, and takes no memory', () => {
  const buffer = new LineBuffer()
  for (let step = 0; step < 5000; step++) expect(buffer.push(`${step} of 5000\r`)).toEqual([])
  expect(buffer.open).toBe('4999 of 5000')
  expect(buffer.push('done\n')).toEqual(['done'])
})

test('a line without an end is cut', () => {
  const buffer = new LineBuffer()
  expect(buffer.push('x'.repeat(100_000)).length).toBe(6)
  expect(buffer.open.length).toBeLessThan(16_385)
})

test('nothing that a terminal obeys is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeControls(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
    }),
  )
  expect(escapeControls('tab\t, line\n, 🐉, é')).toBe('tab\t, line\n, 🐉, é')
})
