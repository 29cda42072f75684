import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareFiles } from './differences.ts'

const of = (here: string, there: string) => compareFiles(Buffer.from(here), Buffer.from(there))

test('names are told, values never', () => {
  const here = 'HOST=a\nPASSWORD=secret-here\nexport NEW=1\n"json": "x"\n# a comment\n'
  const there = 'HOST=a\nPASSWORD=secret-there\nold: gone\n'
  expect(of(here, there)).toEqual(['~ PASSWORD = ••••••', '+ NEW = ••••••', '+ json = ••••••', '- old = ••••••', '+ 1 more line'])
  expect(of('a\nb\n', 'b\na\n')).toEqual(['the order of lines, or blanks'])
  expect(of('same', 'same')).toEqual([])
  expect(compareFiles(Buffer.from([0, 1]), Buffer.from('text'))).toEqual(['binary: 2 bytes here, 4 there'])
})

test('no value is in it, whatever stands there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[A-Z]{1,3}$/), fc.stringMatching(/^[a-z0-9]{12,20}$/))),
      fc.string(),
      (pairs, other) => {
        const told = of(pairs.map(([name, value]) => `${name}=${value}\n`).join(''), other).join('\n')
        for (const [, value] of pairs) expect(told).not.toContain(value)
      },
    ),
  )
})
