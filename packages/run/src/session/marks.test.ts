import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Mark, MarkReader } from './marks.ts'

const nonce = '0123456789abcdef0123456789abcdef'

function read(stream: Buffer, cuts: readonly number[]): { output: Buffer; marks: Mark[] } {
  const output: Buffer[] = []
  const marks: Mark[] = []
  const reader = new MarkReader(nonce, { output: (chunk) => output.push(Buffer.from(chunk)), mark: (mark) => marks.push(mark) })
  const at = [0, ...[...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b), stream.length]
  for (let index = 1; index < at.length; index++) reader.push(stream.subarray(at[index - 1], at[index]))
  reader.end()
  return { output: Buffer.concat(output), marks }
}

test('output is byte for byte what was printed, wherever the stream is cut', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('\n', '\x1e', '\x1e\x1e', nonce.slice(0, 9), `\x1e${nonce.slice(0, 31)}`, `\x1e${nonce}`, 'é')
      .map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 12 }), fc.array(fc.nat(2000), { maxLength: 30 }), (pieces, cuts) => {
      const stream: Buffer[] = []
      let marks = 0
      for (const [bytes, marked] of pieces) {
        stream.push(bytes)
        if (marked) stream.push(Buffer.from(`\x1e${nonce} finish ${marks++} 0\n`))
      }
      // Pieces side by side may make what no program can print, for it does not know the nonce: one mark more.
      fc.pre(Buffer.concat(stream).toString('latin1').split(`\x1e${nonce} `).length === marks + 1)
      const got = read(Buffer.concat(stream), cuts)
      expect(got.output.equals(Buffer.concat(pieces.map(([bytes]) => bytes)))).toBe(true)
      expect(got.marks).toEqual(Array.from({ length: marks }, (_, index) => ({ kind: 'finish', words: [`${index}`, '0'] })))
    }),
    { numRuns: 500 },
  )
})

test('a mark is seen within a line', () => {
  expect(read(Buffer.from(`a\nnoise\x1e${nonce} done 1 0\nb`), [])).toEqual({
    output: Buffer.from('a\nnoiseb'),
    marks: [{ kind: 'done', words: ['1', '0'] }],
  })
})

test('a line is passed on with its end, before anything follows', () => {
  const output: string[] = []
  const reader = new MarkReader(nonce, { output: (chunk) => output.push(chunk.toString()), mark: () => undefined })
  reader.push(Buffer.from('one\n'))
  expect(output).toEqual(['one\n'])
})
