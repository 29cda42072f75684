import { hide } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { type CheckInput, expectationOf, nameOf, parseCheck } from './check.ts'

test('accepts a URL, a port and a command', () => {
  expect(parseCheck('HTTP://Example.org/a b#top')).toMatchObject({
    kind: 'http',
    url: 'http://example.org/a%20b',
    status: ['2xx'],
    target: 'host',
  })
  expect(parseCheck('tcp://[::1]:80')).toMatchObject({ kind: 'tcp', address: '::1', port: 80 })
  expect(nameOf(parseCheck('tcp://[::1]:80'))).toBe('[::1]:80')
  expect(parseCheck({ command: 'a\nb', target: 'local', retries: 0 })).toMatchObject({ kind: 'command', target: 'local', retries: 0 })
  const check = parseCheck({ http: 'http://x', status: [200, '3xx'], contains: 'ok', host: 'y', headers: { A: hide('s') } })
  expect(check).toMatchObject({ headers: { Host: 'y' }, status: ['200', '3xx'] })
  expect(check.kind === 'http' && expectationOf(check)).toBe('200 or 3xx with "ok"')
})

test.each<[unknown, RegExp]>([
  ['localhost', /should be a URL/],
  [{ http: 'http://x', tcp: 'x:1' }, /should be a URL/],
  [{ http: 'http://user:pass@x/' }, /no user or password/],
  [{ http: 'file:///etc/passwd' }, /should be a URL/],
  [{ http: 'http://x', status: 700 }, /status should be/],
  [{ http: 'http://x', matches: '(' }, /regular expression/],
  [{ http: 'http://x', headers: { 'A\r\nB': 'x' } }, /names of headers/],
  [{ http: 'http://x', headers: { A: 'x\r\nB: y' } }, /control characters/],
  [{ http: 'http://x', contain: 'x' }, /unknown key contain/],
  [{ tcp: '-x:1' }, /host:port/],
  [{ tcp: 'x:70000' }, /host:port/],
  [{ command: 'true', timeout: 0 }, /timeout should be/],
  [{ command: 'true', target: 'there' }, /target should be/],
])('refuses %j', (value, message) => {
  expect(() => parseCheck(value as CheckInput)).toThrow(message)
})
