import { expect, test } from 'vitest'
import { insertLines, textOf } from './step-lines.ts'

const script = `export A=b
begin 0; (enter # one
begin 1; (enter # not a frame, but text
cd /
); finish 0 $? || exit
begin 1 # two
survive 1 <<'END'
sleep 60
END
finish 1 $? || DF_FAILED=1
begin 2; (enter # three
ls
); finish 2 $?
exit 0`

test('the text of a step, also of a detached one', () => {
  expect([0, 1, 2].map((index) => textOf(script, index))).toEqual(['begin 1; (enter # not a frame, but text\ncd /', 'sleep 60', 'ls'])
  expect(() => textOf(script, 3)).toThrow('step 3 was not found')
})

test('lines before a step, at the head of its text, and behind it', () => {
  const withLines = (index: number, where: 'front' | 'head' | 'behind') => insertLines(script, index, where, ['X'])
  expect(withLines(2, 'front')).toContain('begin 2\nX\n(enter # three\nls\n)\nfinish 2 $?\nexit 0')
  expect(withLines(2, 'head')).toContain('begin 2\n(enter # three\nX\nls\n)\nfinish 2 $?\nexit 0')
  expect(withLines(2, 'behind')).toContain('begin 2\n(enter # three\nls\n)\nX\nfinish 2 $?\nexit 0')
  expect(withLines(1, 'front')).toContain("begin 1 # two\nX\nsurvive 1 <<'END'\nsleep 60\nEND\nfinish 1 $? || DF_FAILED=1")
  expect(withLines(1, 'behind')).toContain('END\nX\nfinish 1 $? || DF_FAILED=1')
})
