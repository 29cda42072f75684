import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstLine } from './first-line.ts'

test('the first line, and the rest to the byte for whoever reads on, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[^\n\r]{0,20}$/),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.nat(60), { maxLength: 6 }),
      async (line, rest, cuts) => {
        const bytes = Buffer.concat([Buffer.from(`${line}\n`), rest])
        const at = [0, ...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
        const stream = new PassThrough()
        at.forEach((from, index) => void stream.write(bytes.subarray(from, at[index + 1] ?? bytes.length)))
        stream.end()
        expect(await firstLine(stream)).toBe(line)
        const left: Buffer[] = []
        for await (const chunk of stream) left.push(chunk as Buffer)
        expect(Buffer.concat(left).equals(rest)).toBe(true)
      },
    ),
  )
})

test.each([
  ['', undefined],
  ['no end', 'no end'],
  ['of Windows\r\n', 'of Windows'],
  ['\n', ''],
])('%j', async (text, line) => {
  const stream = new PassThrough()
  stream.end(text)
  expect(await firstLine(stream)).toBe(line)
})
