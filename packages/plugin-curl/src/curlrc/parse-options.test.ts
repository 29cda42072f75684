import { execFileSync } from 'node:child_process'
import { isSecret, reveal } from '@dragonfab/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curlOptionsCheck, parseCurlOptions } from './parse-options.ts'
import { splitShellWords } from './shell-words.ts'

describe('words', () => {
  test('are split as a shell splits them', () => {
    const piece = fc.oneof(
      fc.constantFrom(' ', '  ', '\t', "'", '"', '\\', 'a', '-', '=', 'é', '%', '#x', '~'),
      fc.string({ maxLength: 3 }),
    )
    // The function keeps characters that a shell would expand, and operators, as they are.
    const plain = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => pieces.join('').replace(/[$`&|;<>()*?[\]{}!\0\n\r\f\v\u00a0]|^#|^~/g, ''))
    fc.assert(
      fc.property(
        plain.filter(
          (text) => !/(^|\s)[#~]/.test(text) && Buffer.from(text).toString() === text && !/\p{Zs}/u.test(text.replaceAll(' ', '')),
        ),
        (text) => {
          let ours: readonly string[]
          try {
            ours = splitShellWords(text)
          } catch {
            return
          }
          const theirs = execFileSync('dash', ['-c', `for x in ${text}\ndo printf '%s\\0' "$x"; done`]).toString()
          expect(ours).toEqual(theirs.split('\0').slice(0, -1))
        },
      ),
      { numRuns: 150 },
    )
  })

  test.each([
    ["'", /not closed/],
    ['a "b', /not closed/],
    ['a\\', /backslash/],
  ])('are not found in %s', (text, words) => {
    expect(() => splitShellWords(text)).toThrow(words)
  })
})

const describeOptions = (text: string) =>
  parseCurlOptions(text).map(({ name, value, firstServerOnly: first }) => [
    name,
    isSecret(value) ? `secret ${reveal(value)}` : value,
    ...(first ? ['first'] : []),
  ])

test('reads options as curl does', () => {
  expect(describeOptions(`-kvm30 -A 'my agent' --cacert=/etc/ca.pem --ipv4 -x proxy:3128 --compressed`)).toEqual([
    ['insecure', undefined],
    ['verbose', undefined],
    ['max-time', '30'],
    ['user-agent', 'my agent'],
    ['cacert', '/etc/ca.pem'],
    ['ipv4', undefined],
    ['proxy', 'proxy:3128'],
    ['compressed', undefined],
  ])
  // Options for what the plugin does anyway are dropped.
  expect(describeOptions('-fsSLO --retry 5 -#')).toEqual([['retry', '5']])
})

test('keeps credentials secret, and only for the first server', () => {
  expect(describeOptions(`--user bot:x -ubot:y -H 'Authorization: Bearer t' -H 'Accept: a' -b id=3 -U p:q --proxy http://a:b@c:1`)).toEqual(
    [
      ['user', 'secret bot:x', 'first'],
      ['user', 'secret bot:y', 'first'],
      ['header', 'secret Authorization: Bearer t', 'first'],
      ['header', 'Accept: a', 'first'],
      ['cookie', 'secret id=3', 'first'],
      ['proxy-user', 'secret p:q'],
      ['proxy', 'secret http://a:b@c:1'],
    ],
  )
})

test.each([
  '-o x',
  '-sSox',
  '--output x',
  '-K f',
  '--config f',
  '-i',
  '-I',
  '-r 0-1',
  '-C -',
  '-w %{x}',
  '-T f',
  '--next',
  '-: -k',
  '--url http://x',
  '-q',
  '-D -',
  '--location-trusted',
  '--max-redirs 3',
  '--trace -',
  'http://x',
  '-€',
  "-H 'a\nb'",
  '-m',
])('refuses %s', (text) => {
  expect(() => parseCurlOptions(text)).toThrow(/^has /)
  const result = curlOptionsCheck['~standard'].validate(text)
  expect(result).toMatchObject({ issues: [{ message: expect.stringMatching(/^has /) }] })
})

test('replaces secrets by placeholders in env, and finds them again', () => {
  const validate = (text: string) => (curlOptionsCheck['~standard'].validate(text) as { value: string }).value
  const text = validate(`-k --user 'bot:it s' -m 3`)
  expect(text).toMatch(/^--insecure --user '\[secret \d+\]' --max-time 3$/)
  expect(describeOptions(text)[1]).toEqual(['user', 'secret bot:it s', 'first'])
  // Once for each host, with the same result.
  expect(validate(`-k --user 'bot:it s' -m 3`)).toBe(text)
  expect(validate(text)).toBe(text)
  expect(validate('-k -m 3')).toBe('-k -m 3')
})
