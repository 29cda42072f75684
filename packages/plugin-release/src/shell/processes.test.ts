import { spawnSync } from 'node:child_process'
import { render, sh, shellFunction } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { watchProcesses } from './processes.ts'

/** Reads one line of fd 3 each time: the programs that run, and those that are starting. */
const look = shellFunction(
  'test_look',
  sh`
    IFS='|' read -r now pending <&3 || :
    echo "looked at $*"
  `,
)

test.each([
  ['keeps running', ['a=1 |', 'a=1 |', 'a=1 |'], 'pending= changed= waited=2'],
  ['starts late', ['|a', 'a=1 |', 'a=1 |', 'a=1 |'], 'pending= changed= waited=2'],
  ['never starts', ['|a', '|a', '|a'], 'pending=a changed= waited=2'],
  ['has another process later', ['a=1 |', 'a=2 |'], 'pending= changed= a waited=1'],
  ['starts again later', ['a=1 |', '|a'], 'pending= changed= a waited=1'],
])('watches a program that %s', (_name, looks, end) => {
  const text = sh`
    sleep() { :; }
    exec 3<<'END'
    ${sh.raw(looks.join('\n'))}
    END
    ${watchProcesses} ${look} 2 2 a
    echo "pending=$pending changed=$changed waited=$waited"
  `
  const { stdout, stderr } = spawnSync('sh', ['-eu', '-c', render(text)], { encoding: 'utf8' })
  expect([stderr, stdout.trim().split('\n').at(-1)]).toEqual(['', end])
})
