import { expect, test } from 'vitest'
import { depthOf, findPathProblem, trimSlashes } from './path.ts'

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
  expect(findPathProblem(path)).toBeDefined()
})

test.each(['web', 'services/web', 'services/web/', 'a b', '$(x)', '..a', 'a..', '.gitx'])('accepts %j', (path) => {
  expect(findPathProblem(path)).toBeUndefined()
})

test('counts the parts of a path, and removes trailing slashes', () => {
  expect([depthOf('a'), depthOf('a/b/'), trimSlashes('a/b//')]).toEqual([1, 2, 'a/b'])
})
