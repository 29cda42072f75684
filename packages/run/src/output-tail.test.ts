import { expect, test } from 'vitest'
import { OutputTail } from './output-tail.ts'

test('lines of two streams stay lines, wherever their newlines come', () => {
  const tail = new OutputTail()
  tail.push('building', 'stdout')
  tail.push(' 3', 'stdout')
  tail.push('no such compiler', 'stderr')
  tail.push('\n', 'stdout')
  tail.push('\n', 'stderr')
  tail.push('next\n', 'stdout')
  tail.push('end\n', 'stderr')
  expect(tail.text()).toBe('building 3\nno such compiler\nnext\nend')
})

test('only the last lines of much are kept', () => {
  const tail = new OutputTail()
  for (let line = 0; line < 10_000; line++) tail.push(`line ${line}\n`, 'stdout')
  expect(tail.text().split('\n')).toEqual(Array.from({ length: 20 }, (_, index) => `line ${9980 + index}`))
})
