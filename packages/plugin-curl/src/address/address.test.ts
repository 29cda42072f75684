import { reveal } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { findAddressProblem, parseAddress } from './address.ts'

test.each([
  ['https://example.org/a.tgz', 'https://example.org/a.tgz', undefined, 'https://example.org/a.tgz'],
  ['https://bot:p%40ss@example.org/a.tgz?x=1#y', 'https://example.org/a.tgz?x=1#y', 'bot:p@ss', 'https://example.org/a.tgz'],
  ['https://token@example.org/a.tgz', 'https://example.org/a.tgz', 'token:', 'https://example.org/a.tgz'],
  ['https://bot:a%zz@example.org/', 'https://example.org/', 'bot:a%zz', 'https://example.org/'],
  ['https://example.org/@scope/a@1.tgz', 'https://example.org/@scope/a@1.tgz', undefined, 'https://example.org/@scope/a@1.tgz'],
  ['https://example.org?mail=a@b:c', 'https://example.org?mail=a@b:c', undefined, 'https://example.org'],
  ['builds:8080/a.tgz', 'http://builds:8080/a.tgz', undefined, 'http://builds:8080/a.tgz'],
  ['file:///srv/a.tgz', 'file:///srv/a.tgz', undefined, 'file:///srv/a.tgz'],
])('%s', (text, url, user, displayUrl) => {
  const address = parseAddress(text, 'curl.url')
  expect([address.url, address.user && reveal(address.user), address.displayUrl]).toEqual([url, user, displayUrl])
})

test.each(['-K/etc/passwd', 'http://a b', 'http://a\nb', 'gopher://x', 'dict://x', 'https:///x', 'http://?x'])('refuses %j', (url) => {
  expect(findAddressProblem(url)).toBeTypeOf('string')
})
