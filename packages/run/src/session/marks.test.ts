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
    fc.constantFrom('\n', '\n\n', nonce.slice(0, 9), `\n${nonce.slice(0, 31)}`, 'é').map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 12 }), fc.array(fc.nat(2000), { maxLength: 30 }), (pieces, cuts) => {
      const stream: Buffer[] = []
      let marks = 0
      for (const [bytes, marked] of pieces) {
        stream.push(bytes)
        if (marked) stream.push(Buffer.from(`\n${nonce} finish ${marks++} 0\n`))
      }
      const got = read(Buffer.concat(stream), cuts)
      expect(got.output.equals(Buffer.concat(pieces.map(([bytes]) => bytes)))).toBe(true)
      expect(got.marks).toEqual(Array.from({ length: marks }, (_, index) => ({ kind: 'finish', words: [`${index}`, '0'] })))
    }),
    { numRuns: 500 },
  )
})

test('a mark is seen although a background process wrote between its newline and itself', () => {
  expect(read(Buffer.from(`a\nnoise${nonce} done 1 0\nb`), [])).toEqual({
    output: Buffer.from('a\nnoiseb'),
    marks: [{ kind: 'done', words: ['1', '0'] }],
  })
})
