import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { createTarEntry } from './entry.ts'
import { sizeOf } from './header.ts'

const GiB = 2 ** 30
const entry = (size: number, time = 1_700_000_000): Buffer =>
  createTarEntry({ path: Buffer.from('large.img'), kind: 'file', mode: 0o644, size, time })

/** Each tar reads the header, and then the content: of zeros, so that none of it is kept anywhere. */
const readers: readonly (readonly [string, readonly string[]])[] = [
  ['GNU tar', ['tar']],
  ['busybox', ['busybox', 'tar']],
]

describe.each(readers)('%s', (_name, [program = '', ...first]) => {
  test.each([0, 8 * GiB - 1, 8 * GiB, 8 * GiB + 1, 3000 * GiB])('reads a size of %d bytes', (size) => {
    // The content is not there: the tar says so, after it has told what it read in the header.
    const { stdout } = spawnSync(program, [...first, '-tvf', '-'], {
      input: entry(size),
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    })
    expect(stdout).toMatch(new RegExp(`^-rw-r--r-- +\\S+ +${size} 2023-11-14 22:13(:20)? large\\.img\n$`))
  })
})

test.each([0, 1, 8 * GiB - 1, 8 * GiB, 2 ** 40 + 513])('and what joins archives reads it again: %d', (size) => {
  expect(sizeOf(entry(size))).toBe(size)
})
