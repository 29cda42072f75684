import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPicker } from './filter.ts'

const names = ['a', '*', '?', 'a*', 'ab', '-rf', '!not', '#hash', ' leading', 'trailing ', '[a]', 'a.map', 'back\\slash', 'été']

test.each([
  '*',
  '\\*',
  '/\\*',
  '\\?',
  '?',
  'a\\*',
  'a*',
  '\\!not',
  '\\#hash',
  '-rf',
  ' leading',
  '\\[a]',
  '*.map',
  'back\\\\slash',
  'été',
  'back\\\\*',
])('the pattern %s meets what it meets in a .gitignore', (pattern) => {
  const { isMeant: meant } = createPicker({ exclude: [pattern] })
  const here = names.filter((name) => !meant(Buffer.from(name).toString('latin1'), false))
  expect(here).toEqual(ignoredByGit(pattern))
})

function ignoredByGit(pattern: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'dragonfab-filter-'))
  try {
    spawnSync('git', ['init', '-q', folder])
    writeFileSync(join(folder, '.gitignore'), `${pattern}\n`)
    const asked = spawnSync('git', ['-C', folder, 'check-ignore', '-z', '--stdin'], { input: names.join('\0'), encoding: 'utf8' })
    const ignored = asked.stdout.split('\0').filter(Boolean)
    return names.filter((name) => ignored.includes(name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
