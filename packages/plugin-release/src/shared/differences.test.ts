import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareFiles } from './differences.ts'

const compareTexts = (local: string, remote: string) => compareFiles(Buffer.from(local), Buffer.from(remote))

test('shows names, but never values', () => {
  const local = 'HOST=a\nPASSWORD=secret-here\nexport NEW=1\n"json": "x"\n# a comment\n'
  const remote = 'HOST=a\nPASSWORD=secret-there\nold: gone\n'
  expect(compareTexts(local, remote)).toEqual([
    '~ PASSWORD = ••••••',
    '+ NEW = ••••••',
    '+ json = ••••••',
    '- old = ••••••',
    '+ 1 more line',
  ])
  expect(compareTexts('a\nb\n', 'b\na\n')).toEqual(['only the order of lines, or blank lines'])
  expect(compareTexts('same', 'same')).toEqual([])
  expect(compareFiles(Buffer.from([0, 1]), Buffer.from('text'))).toEqual(['binary: 2 bytes on this machine, 4 on the host'])
})

test('never shows a value, whatever the files contain', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[A-Z]{1,3}$/), fc.stringMatching(/^[a-z0-9]{12,20}$/))),
      fc.string(),
      (pairs, other) => {
        const output = compareTexts(pairs.map(([name, value]) => `${name}=${value}\n`).join(''), other).join('\n')
        for (const [, value] of pairs) expect(output).not.toContain(value)
      },
    ),
  )
})
