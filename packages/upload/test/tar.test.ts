import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDragonfabError } from '@dragonfab/core'
import { differences, type FileSpec, nastyFiles, snapshot } from '@dragonfab/test-kit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { build as buildIn } from './build.ts'
import { localExecutor, machine, shells, type Uploader, uploader } from './machine.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab-upload-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

const build = (files: Readonly<Record<string, FileSpec>>) => buildIn(join(directory, 'dist'), files)
const whole = (to = 'one') => expect(differences(snapshot(join(directory, 'dist')), snapshot(join(directory, to)))).toEqual([])
const deep = Array.from({ length: 12 }, (_, index) => `${'d'.repeat(40)}${index}`).join('/')

describe.each(shells)('to a host with %s', (shell) => {
  let send: Uploader
  beforeEach(async () => {
    send = uploader(directory, await machine(directory, shell))
  })

  test('all kinds of names, modes, links and empty folders arrive', async () => {
    build({
      ...nastyFiles(),
      [`${deep}/${'f'.repeat(90)}`]: 'deep\n',
      'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
      'private/key': { content: 'key\n', mode: 0o600 },
      'long-link': { link: `/${deep}` },
      '.hidden/.file': 'hidden\n',
    })
    mkdirSync(join(directory, 'dist/empty/within'), { recursive: true })
    chmodSync(join(directory, 'dist/private'), 0o700)
    expect(await send({})).toMatch(/^\d+ files sent/)
    whole()
    expect(readdirSync(join(directory, 'one')).filter((name) => name.startsWith('.dragonfab'))).toEqual([])
  })

  test('only what differs travels; the rest is taken over, with its time; what is gone is not there', async () => {
    build({ ...nastyFiles(), changed: 'before\n', gone: 'gone\n', 'was/file': 'file\n', 'was-folder/in/it': 'it\n', mode: 'mode\n' })
    const old = new Date('2020-01-02T03:04:05Z')
    utimesSync(join(directory, 'dist/nasty/binary'), old, old)
    await send({})
    for (const path of ['gone', 'was/file', 'was-folder']) rmSync(join(directory, 'dist', path), { recursive: true })
    build({ changed: 'after\n', 'was/file/now': 'a folder\n', new: 'new\n', 'was-folder': 'now a file\n' })
    chmodSync(join(directory, 'dist/mode'), 0o755)
    const said = await send({ to: join(directory, 'two') })
    whole('two')
    // Five that differ, and those with a backslash, a newline, a tab or an escape in their names.
    const odd = Object.entries(nastyFiles()).filter(
      ([name, spec]) => /[\x00-\x1f\\]/.test(name) && !(typeof spec === 'object' && 'link' in spec),
    )
    expect(said).toMatch(new RegExp(`^${5 + odd.length} files sent, .* · \\d\\d files unchanged$`))
    expect(lstatSync(join(directory, 'two/nasty/binary')).mtime).toEqual(old)
    expect(lstatSync(join(directory, 'two/nasty/binary')).nlink).toBe(1)
  })

  test('what was changed on the host is noticed and sent again', async () => {
    build({ 'a/one': 'one\n', 'a/two': 'two\n', three: 'three\n', four: { content: 'four\n', mode: 0o644 } })
    await send({})
    writeFileSync(join(directory, 'one/a/one'), 'tampered\n')
    rmSync(join(directory, 'one/three'))
    chmodSync(join(directory, 'one/four'), 0o777)
    // A folder that was replaced by a link, as linked directories are.
    renameSync(join(directory, 'one/a'), join(directory, 'shared'))
    symlinkSync(join(directory, 'shared'), join(directory, 'one/a'))
    const said = await send({ to: join(directory, 'two') })
    expect(said).toContain('2 files had changed on the host: sending them again')
    whole('two')
  })

  test('links instead of copies, read-only, where that was asked for', async () => {
    build({ same: 'same\n', run: { content: 'run\n', mode: 0o755 }, changed: 'before\n' })
    await send({ unchanged: 'link' })
    build({ changed: 'after\n' })
    await send({ unchanged: 'link', to: join(directory, 'two') })
    const stat = (path: string) => lstatSync(join(directory, path))
    expect(stat('two/same').ino).toBe(stat('one/same').ino)
    expect(stat('two/changed').nlink).toBe(1)
    expect([stat('two/same').mode & 0o777, stat('two/run').mode & 0o777]).toEqual([0o444, 0o555])
    expect(readFileSync(join(directory, 'one/changed'), 'utf8')).toBe('before\n')
  })

  test('never links to what is shared, though a folder of the release before leads there now', async () => {
    build({ 'uploads/file': 'file\n', same: 'same\n' })
    await send({ unchanged: 'link' })
    renameSync(join(directory, 'one/uploads'), join(directory, 'shared'))
    symlinkSync(join(directory, 'shared'), join(directory, 'one/uploads'))
    await send({ unchanged: 'link', to: join(directory, 'two') })
    expect(lstatSync(join(directory, 'two/uploads/file')).nlink).toBe(1)
    expect(lstatSync(join(directory, 'two/same')).nlink).toBe(2)
    expect(readFileSync(join(directory, 'two/uploads/file'), 'utf8')).toBe('file\n')
  })

  test('into a folder that was uploaded to before: what is gone is removed, and nothing else', async () => {
    build({ 'a/gone': 'gone\n', same: 'same\n', changed: 'before\n', 'linked/file': 'file\n' })
    await send({})
    writeFileSync(join(directory, 'one/foreign'), 'not ours\n')
    renameSync(join(directory, 'one/linked'), join(directory, 'shared'))
    symlinkSync(join(directory, 'shared'), join(directory, 'one/linked'))
    for (const path of ['a', 'linked']) rmSync(join(directory, 'dist', path), { recursive: true })
    build({ changed: 'after\n', a: 'a file now\n' })
    await send({})
    expect(readdirSync(join(directory, 'one')).sort()).toEqual(['a', 'changed', 'foreign', 'linked', 'same'])
    expect(readFileSync(join(directory, 'one/changed'), 'utf8')).toBe('after\n')
    expect(readFileSync(join(directory, 'shared/file'), 'utf8')).toBe('file\n')
  })

  test('a list that was damaged is as good as none', async () => {
    build({ a: 'a\n', b: 'b\n' })
    await send({})
    const slot = join(directory, 'state/uploads', readdirSync(join(directory, 'state/uploads'))[0] ?? '')
    const list = readdirSync(slot).find((name) => name.endsWith('.sums')) ?? ''
    writeFileSync(join(slot, list), readFileSync(join(slot, list)).subarray(0, 60))
    expect(await send({ to: join(directory, 'two') })).toMatch(/^2 files sent/)
    whole('two')
  })

  test('the last upload that is still there is what is compared with', async () => {
    build({ a: 'a\n', b: 'b\n' })
    await send({})
    await send({ to: join(directory, 'two') })
    rmSync(join(directory, 'two'), { recursive: true })
    expect(await send({ to: join(directory, 'three') })).toContain('2 files unchanged')
    expect(await send({ to: join(directory, 'four'), unchanged: 'send' })).toContain('2 files sent')
    whole('three')
    const [slot = ''] = readdirSync(join(directory, 'state/uploads'))
    expect(readdirSync(join(directory, 'state/uploads', slot)).filter((name) => name.endsWith('.sums'))).toHaveLength(3)
  })
})

test('include and exclude are patterns as in a .gitignore', async () => {
  const maps = { 'a.js.map': 'map', 'lib/b.js.map': 'map', 'lib/keep.map': 'k' }
  build({ ...maps, 'a.js': 'a', 'lib/b.js': 'b', 'node_modules/x/index.js': 'x', 'docs/a.txt': 't' })
  const send = uploader(directory, localExecutor('here'))
  const found = (to: string) => [...snapshot(join(directory, to))].flatMap(([path, what]) => (what.startsWith('file') ? [path] : []))
  await send({ exclude: ['*.map', '!keep.map', '/node_modules'] })
  expect(found('one')).toEqual(['a.js', 'docs/a.txt', 'lib/b.js', 'lib/keep.map'])
  await send({ include: ['/lib', '*.txt'], exclude: ['*.map'], to: join(directory, 'two') })
  expect(found('two')).toEqual(['docs/a.txt', 'lib/b.js'])
  const code = await send({ include: ['*.css'], to: join(directory, 'three') }).catch(
    (error: unknown) => isDragonfabError(error) && error.code,
  )
  expect(code).toBe('UPLOAD_NOTHING')
})

test('two hosts that are sent the same folder at once get the same', async () => {
  build({ a: 'a\n'.repeat(100_000), b: 'b\n' })
  const send = uploader(directory, localExecutor('here'))
  await Promise.all([send({}), send({ to: join(directory, 'two'), state: join(directory, 'state2') })])
  whole()
  whole('two')
})
