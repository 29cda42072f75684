import { chmodSync, lstatSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDragonfabError } from '@dragonfab/core'
import { createNastyFiles, ensureServers, listDifferences, takeSnapshot } from '@dragonfab/test-kit'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build } from './build.ts'
import { localExecutor, machine, uploader } from './machine.ts'

let directory: string
beforeAll(() => ensureServers({ rsync: 'rsync' }))
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab upload-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

const whole = (to: string) => expect(listDifferences(takeSnapshot(join(directory, 'dist')), takeSnapshot(join(directory, to)))).toEqual([])

test('rsync sends what is meant, and what differs by content', async () => {
  const send = uploader(directory, localExecutor('here'))
  build(join(directory, 'dist'), {
    ...createNastyFiles(),
    'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
    large: 'x'.repeat(3_000_000),
    changed: 'before\n',
  })
  mkdirSync(join(directory, 'dist/empty'))
  await send({ by: 'rsync' })
  whole('one')
  // The same size and time: only the content tells.
  const { mtime } = lstatSync(join(directory, 'one/large'))
  writeFileSync(join(directory, 'one/large'), 'y'.repeat(3_000_000))
  utimesSync(join(directory, 'one/large'), mtime, mtime)
  rmSync(join(directory, 'dist/changed'))
  chmodSync(join(directory, 'dist/bin/run'), 0o644)
  await send({ by: 'rsync', to: join(directory, 'two') })
  whole('two')
  await send({ by: 'rsync', to: join(directory, 'three'), exclude: ['/nasty', 'large'], unchanged: 'link' })
  expect([...takeSnapshot(join(directory, 'three')).keys()]).not.toContain('large')
  // And tar after it, which has no list to compare with.
  expect(await send({ to: join(directory, 'four') })).not.toContain('unchanged')
  whole('four')
})

test('names that rsync could take for something else, in folders and patterns too: what is sent is exactly what tar sends', async () => {
  const send = uploader(directory, localExecutor('here'))
  const names = [
    '-e sh',
    '--delete',
    'new\nline',
    ' leading',
    'trailing ',
    '*',
    '[a]',
    '#hash',
    ';semicolon',
    ':colon',
    'host:path',
    '~',
    '\\',
    '!not',
  ]
  build(
    join(directory, '-from here'),
    Object.fromEntries(
      names.flatMap((name) =>
        [name, `in ${name}/${name}`, `in ${name}/kept.map`, `in ${name}/left.map`].map((path) => [path, `${path}\n`]),
      ),
    ),
  )
  // As a .gitignore has them: a backslash before what would mean something.
  const filter = { from: '-from here', exclude: ['*.map', '!kept.map', '/--delete', '/\\*', '\\!not'] }
  await send({ ...filter, by: 'rsync', to: join(directory, '-by rsync: one') })
  await send({ ...filter, to: join(directory, 'by tar'), state: join(directory, 'other') })
  const sent = takeSnapshot(join(directory, '-by rsync: one'))
  expect(listDifferences(takeSnapshot(join(directory, 'by tar')), sent)).toEqual([])
  const paths = [...sent.keys()]
  expect(paths).toEqual(expect.arrayContaining(['-e sh', 'new\nline', 'host:path', '#hash', ';semicolon', 'in -e sh/kept.map', 'in *']))
  for (const gone of ['--delete', '*', '!not', 'in -e sh/left.map']) expect(paths).not.toContain(gone)
})

test('reports that rsync is missing on the host', async () => {
  build(join(directory, 'dist'), { a: 'a\n' })
  const send = uploader(directory, await machine(directory, 'busybox'))
  const code = await send({ by: 'rsync' }).catch((error: unknown) => isDragonfabError(error) && error.code)
  expect(code).toBe('RSYNC_MISSING')
})
