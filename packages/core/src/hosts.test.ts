import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHost } from './hosts.ts'

describe('host strings', () => {
  it.each([
    ['local', { kind: 'local' }],
    ['web1', { kind: 'ssh', host: 'web1' }],
    ['deploy@web1.example.org:2222', { kind: 'ssh', host: 'web1.example.org', port: 2222, user: 'deploy' }],
    ['[::1]:22', { kind: 'ssh', host: '::1', port: 22 }],
    ['me@[fe80::1%eth0]', { kind: 'ssh', host: 'fe80::1%eth0', user: 'me' }],
    ['10.0.0.1:1', { kind: 'ssh', host: '10.0.0.1', port: 1 }],
    ['a@b@web1', { kind: 'ssh', host: 'web1', user: 'a@b' }],
    ['FIRM\\me@web1', { kind: 'ssh', host: 'web1', user: 'FIRM\\me' }],
    ['local:22', { kind: 'ssh', host: 'local', port: 22 }],
  ])('%s', (text, expected) => {
    expect(parseHost(text)).toEqual(expected)
  })

  it.each([
    '',
    '-oProxyCommand=x',
    '-l@web1',
    'a b',
    'web1 ',
    ' web1',
    'web1\n',
    'a\tb',
    'a\0b',
    'web1:',
    'web1:0',
    'web1:65536',
    'web1:22x',
    'web1:+22',
    'web1:-1',
    'web1:1e3',
    '@web1',
    'me@',
    'me@:22',
    '::1',
    'fe80::1',
    '[::1',
    '::1]',
    '[::1]22',
    '[]:22',
    '[web1]',
    'ssh://web1',
    'a;b',
    'a$(b)',
    'a`b`',
    "a'b",
    'a"b',
    'a|b',
    'a&b',
    'a<b',
    'a>b',
    'a,b',
    'a/b',
    'a\\b',
    'me\\@web1',
    'a*',
    'a?',
    '{a,b}',
    'me;x@web1',
    '\u0085web',
    'web1#x',
    '!web1',
  ])('refuses %j', (text) => {
    expect(parseHost(text)).toHaveProperty('wrong')
  })

  it('never let an option or a shell’s character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const address = parseHost(text)
        if ('wrong' in address || address.kind === 'local') return
        expect(address.host).toMatch(/^[^-\s\0'"`$\\;&<>|(){}][^\s\0'"`$\\;&<>|(){}]*$/)
        expect(address.user ?? 'x').toMatch(/^[^-\s\0'"`$;&<>|(){}]/)
      }),
      { numRuns: 2000 },
    )
  })
})
