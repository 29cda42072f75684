import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commandCheck, parseActivateFile, splitWords } from './words.ts'

test('splits words at blanks and quotes as a shell does', () => {
  expect(splitWords('/usr/bin/virtualenv  -p python3')).toEqual(['/usr/bin/virtualenv', '-p', 'python3'])
  expect(splitWords(`python3 -m venv --prompt "my shop" --x='a b'c ''`)).toEqual([
    'python3',
    '-m',
    'venv',
    '--prompt',
    'my shop',
    '--x=a bc',
    '',
  ])
  expect(splitWords("it's")).toBeUndefined()
})

test('returns any quoted words unchanged', () => {
  const word = fc.string().filter((each) => !/'/.test(each))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(splitWords(words.map((each) => `'${each}'`).join(' '))).toEqual(words)
    }),
  )
})

test('a command is a line with closed quotes', () => {
  const problem = (line: string) => {
    const result = commandCheck['~standard'].validate(line)
    return 'issues' in result ? result.issues?.[0]?.message : undefined
  }
  expect(problem('virtualenv -p python3')).toBeUndefined()
  expect(problem('virtualenv "')).toContain('quotes closed')
  expect(problem('  ')).toContain('should be a command')
  expect(problem('a\nb')).toContain('one line')
})

test('finds the file in every form of the original command', () => {
  for (const line of ['source /srv/a/bin/activate', '. /srv/a/bin/activate', ' /srv/a/bin/activate'])
    expect(parseActivateFile(line)).toBe('/srv/a/bin/activate')
})
