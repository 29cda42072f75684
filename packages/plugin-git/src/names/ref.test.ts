import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findRefProblem, isCommit, maybeCommit } from './ref.ts'

const gitAccepts = (name: string) => spawnSync('git', ['check-ref-format', `refs/heads/${name}`], { stdio: 'ignore' }).status === 0

test('refuses names that git does not accept or would take for an option', () => {
  const hostile = [
    '--upload-pack=x',
    '-o',
    'a b',
    '@{-1}',
    'refs/../x',
    '',
    '@',
    'a..b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a.',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a\nb',
    'a\x7fb',
    'a@{b',
  ]
  for (const name of hostile) expect(findRefProblem(name), name).toBeDefined()
})

test('accepts every other name unchanged', () => {
  for (const name of [
    'main',
    'feature/new-thing',
    'a;b',
    '$(x)',
    '`x`',
    "it's",
    '"',
    'a|b',
    'v1.0',
    'HEAD',
    'refs/heads/main',
    'ünïcödé',
    '🐉',
    '%(x)s',
    'a@b',
    'x-',
    '{a}',
    '@foo',
  ]) {
    expect(findRefProblem(name), name).toBeUndefined()
    expect(gitAccepts(name), name).toBe(true)
  }
})

test('agrees with git check-ref-format about any name', () => {
  const pieces = fc.constantFrom(
    'a',
    'b',
    '/',
    '.',
    '..',
    '@',
    '{',
    '}',
    '-',
    '~',
    '^',
    ':',
    '?',
    '*',
    '[',
    '\\',
    ' ',
    '.lock',
    '\x01',
    '\x7f',
    'é',
    ';',
    '$',
    '(',
  )
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 6 }), (parts) => {
      const name = parts.join('')
      // git accepts a leading `-` there, and a lone @ is only wrong as a whole name.
      fc.pre(!name.startsWith('-') && name !== '@')
      return (findRefProblem(name) === undefined) === gitAccepts(name)
    }),
    { numRuns: 300 },
  )
})

test('distinguishes commits from names', () => {
  expect(isCommit('0123456789abcdef0123456789ABCDEF01234567')).toBe(true)
  expect(isCommit('0123456789abcdef0123456789abcdef0123456')).toBe(false)
  expect(maybeCommit('0123456')).toBe(true)
  expect(maybeCommit('012345')).toBe(false)
  expect(maybeCommit('deadbeef')).toBe(true)
  expect(maybeCommit('main')).toBe(false)
})
