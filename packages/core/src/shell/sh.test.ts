import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hide } from '../secret.ts'
import { isFragment, render, withSecrets } from './fragment.ts'
import { quote } from './quote.ts'
import { sh } from './sh.ts'

const shells: readonly (readonly [string, ...string[]])[] = [['dash'], ['bash'], ['busybox', 'sh']]
const text = (fragment: { readonly parts: Parameters<typeof render>[0]['parts'] }): string => render(fragment, () => '"$DF_S1"')

/** What a shell makes of the words of a script. */
function words([program, ...args]: readonly [string, ...string[]], script: string): readonly string[] {
  const out = execFileSync(program, [...args, '-c', `${script}\nfor x; do printf '%s\\0' "$x"; done`], { maxBuffer: 1e8 })
  return out.toString('utf8').split('\0').slice(0, -1)
}

const hostile = [
  '',
  ' ',
  "'",
  '"',
  '`',
  '$',
  '\\',
  '!',
  '#',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
  '*',
  '?',
  '[a]',
  '~',
  '-rf',
  '--',
  '-',
  '=',
  '%',
  '%s',
  '%%',
  '%(name)s',
  '$(touch /tmp/dragonfab-canary)',
  '`touch /tmp/dragonfab-canary`',
  '${IFS}',
  "'; touch /tmp/dragonfab-canary; '",
  '"; touch /tmp/dragonfab-canary; "',
  '\n',
  'a\nb',
  '\r\n',
  '\t',
  '\\n',
  "\\'",
  "'\\''",
  'a b',
  ' a',
  'a ',
  '{a,b}',
  '$HOME',
  '${HOME}',
  '$$',
  '$?',
  'été',
  '日本',
  '🐉',
  '\u202e',
  '\u0001',
  '\u001b[2J',
  '\u007f',
  '*/etc/*',
  '../..',
  '/',
  '//',
  '.',
  '..',
  '\\\\',
  '"$DF_S1"',
  'EOF',
  'a=b',
  'PATH=/x',
  '!!',
  '!$',
  '^a^b',
  '<<EOF',
  '>>x',
  '2>&1',
  '||true',
  '&&false',
  'if',
  'then',
  'done',
  'exit 1',
  ...Array.from({ length: 31 }, (_, index) => `x${String.fromCharCode(index + 1)}y`),
]

describe('quote', () => {
  test.each(shells)('%s reads every hostile word as it was', (...shell) => {
    const script = `set -- ${hostile.map(quote).join(' ')}`
    expect(hostile.length).toBeGreaterThan(100)
    expect(words(shell as [string], script)).toEqual(hostile)
  })

  test.each(shells)('%s reads any words as they were', (...shell) => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'grapheme-composite', maxLength: 30 }).filter((word) => !word.includes('\0')),
          { maxLength: 40 },
        ),
        (given) => {
          const well = given.map((word) => Buffer.from(word).toString())
          expect(words(shell as [string], `set -- ${well.map(quote).join(' ')}`)).toEqual(well)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('refuses NUL', () => {
    expect(() => quote('a\0b')).toThrow(/NUL/)
    expect(() => sh`echo ${'a\0b'}`).toThrow(/NUL/)
  })
})

describe('sh', () => {
  test('quotes values, spreads lists, nests fragments', () => {
    expect(text(sh`rm -f -- ${['a b', 'c']} ${sh`>${'/dev/null'}`} ${7} ${true}`)).toBe("rm -f -- 'a b' c >/dev/null 7 true")
  })

  test('keeps backslashes as written, and gives the two escapes that a template needs', () => {
    expect(text(sh`printf '%s\n' "\${HOME}" \$x`)).toBe('printf \'%s\\n\' "${HOME}" \\$x')
  })

  test('takes the indentation of the source away, and nothing of a value', () => {
    const value = 'one\n      two'
    expect(
      text(sh`
        if true; then
          echo ${value}
        fi
      `),
    ).toBe("if true; then\n  echo 'one\n      two'\nfi")
  })

  test('a secret is a hole, and shows as [secret]', () => {
    const fragment = sh`printf %s ${hide('geheim')}`
    expect(text(fragment)).toBe('printf %s "$DF_S1"')
    expect(`${fragment}`).toBe('printf %s [secret]')
    expect(isFragment(fragment)).toBe(true)
  })

  test.each([undefined, null, {}, Promise.resolve(1), () => 1, Symbol('x')])('refuses %s', (value) => {
    expect(() => sh`echo ${value as unknown as string}`).toThrow(/sh cannot take/)
  })

  test('refuses a value inside quotes', () => {
    expect(() => sh`echo "${'x'}"`).toThrow(/inside double quotes/)
    expect(() => sh`echo '${'x'}'`).toThrow(/inside single quotes/)
    expect(text(sh`echo "it's" ${'x'} # don't`)).toContain('x')
  })
})

test('a secret in text that is rendered without holes is refused by its label', () => {
  expect(() => render(sh`login ${hide('open sesame', 'the cave')}`)).toThrow('shell text contains the secret the cave')
})

test('secrets beside the text that they are for', () => {
  const password = hide("it's me", 'password')
  const { text: script, assignments } = withSecrets(sh`login ${password} || login ${password} ${hide('b')}`)
  expect(script).toBe('login "$DF_S1" || login "$DF_S1" "$DF_S2"')
  expect(assignments).toBe("DF_S1='it'\\''s me'\nDF_S2=b")
})
