import { expect, test } from 'vitest'
import { depthOf, insideProblem, trimmed } from './path.ts'

test.each([
  '-rf',
  '--checkpoint-action=exec=x',
  '/etc',
  '..',
  'a/../../b',
  'a//b',
  './a',
  'a/.',
  '.git',
  'a/.GIT/hooks',
  'a\nb',
  'a\0b',
  '',
])('refuses %j', (path) => {
  expect(insideProblem(path)).toBeDefined()
})

test.each(['web', 'services/web', 'services/web/', 'a b', '$(x)', '..a', 'a..', '.gitx'])('takes %j', (path) => {
  expect(insideProblem(path)).toBeUndefined()
})

test('knows how deep it is', () => {
  expect([depthOf('a'), depthOf('a/b/'), trimmed('a/b//')]).toEqual([1, 2, 'a/b'])
})
