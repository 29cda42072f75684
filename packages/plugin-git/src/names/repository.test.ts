import { hide, reveal } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { displayAddress, findRepositoryProblem, folderOf, isRelativeFolder, parseRepository } from './repository.ts'

test.each([
  '--upload-pack=touch pwned',
  '-oProxyCommand=x',
  'ext::sh -c touch% pwned',
  'fd::17',
  'ssh://-oProxyCommand=x/a.git',
  'ssh://user@-oProxyCommand=x/a.git',
  '-oProxyCommand=x:a.git',
  'git@-oProxyCommand=x:a.git',
  '~/shop.git',
  'ftp://host/a.git',
  'a\nb',
])('refuses %j', (repo) => {
  expect(findRepositoryProblem(repo)).toBeDefined()
})

test.each([
  'git@git.example.org:shop.git',
  'ssh://git@git.example.org:2222/shop.git',
  'https://git.example.org/shop.git',
  'git://127.0.0.1:9418/shop.git',
  'file:///srv/git/shop.git',
  '/srv/git/shop.git',
  '.',
  '../shop',
  './a;b $(x)',
  'my-server:shop.git',
  '[::1]:shop.git',
])('accepts %j', (repo) => {
  expect(findRepositoryProblem(repo)).toBeUndefined()
})

test('distinguishes folders from addresses', () => {
  expect(['.', './a', '../a', 'a/b:c'].map(isRelativeFolder)).toEqual([true, true, true, true])
  expect(['/a', 'file:///a', 'host:a', 'https://h/a'].map(isRelativeFolder)).toEqual([false, false, false, false])
  expect(folderOf(parseRepository('../shop', '/home/me/config'))).toBe('/home/me/shop')
  expect(folderOf(parseRepository('file:///srv/a%20b', '/'))).toBe('/srv/a b')
  expect(folderOf(parseRepository('host:shop', '/'))).toBeUndefined()
})

test('takes a password out of an address, and binds it to its origin', () => {
  const { url, credential } = parseRepository('https://bot:p%40ss:word@git.example.org:8443/a/b.git', '/')
  expect(url).toBe('https://bot@git.example.org:8443/a/b.git')
  expect(credential).toMatchObject({ origin: 'https://git.example.org:8443', user: 'bot' })
  expect(credential && reveal(credential.password)).toBe('p@ss:word')
  expect(JSON.stringify(credential)).not.toContain('p@ss')
  expect(parseRepository('https://git.example.org/a@b:c/d.git', '/')).toMatchObject({
    url: 'https://git.example.org/a@b:c/d.git',
    credential: undefined,
  })
})

test('refuses a password of two lines when it is needed', () => {
  const password = hide(() => 'one\ntwo', 'git.password')
  const { credential } = parseRepository('https://bot@example.org/a.git', '/', password)
  expect(() => credential && reveal(credential.password)).toThrow('git.password has a line break')
})

test('displays an address without its password', () => {
  expect(displayAddress('https://bot:p%40ss:word@git.example.org:8443/a/b.git')).toBe('https://bot@git.example.org:8443/a/b.git')
  for (const repo of ['https://bot@host/a.git', 'https://host:8443/a@b:c.git', 'git@host:shop.git', '../shop'])
    expect(displayAddress(repo)).toBe(repo)
})
