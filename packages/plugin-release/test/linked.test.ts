import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { sh } from '@dragonfab/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LinkedPath } from '../src/linked/linked-path.ts'
import { createRelease } from '../src/steps/create.ts'
import { checkLinked, linkShared } from '../src/steps/linked.ts'
import { prepareFolders } from '../src/steps/prepare.ts'
import { preparing, release } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

const file = (path: string, missing: LinkedPath['missing'] = 'error'): LinkedPath => ({ kind: 'file', path, missing })
const dir = (path: string, missing: LinkedPath['missing'] = 'create'): LinkedPath => ({ kind: 'dir', path, missing })
const hostile = ["it's", 'a b', '-rf', '$(touch canary)', '*', 'ü/é', '~', 'a"b', '\\', '--', '%s', '`x`', '#', ';x']

describe.each(shells)('linked files and directories in %s', (shell) => {
  let h: ShellHost
  beforeEach(() => {
    h = createShellHost(shell)
  })
  afterEach(() => h.remove())

  it('are reported all at once if they are missing, before a release is made', () => {
    h.write('shared/there', '')
    h.write('shared/file', '')
    mkdirSync(join(h.sharedPath, 'folder'))
    const linked = [
      file('there'),
      file('a.conf'),
      file('conf/b.conf'),
      dir('media', 'error'),
      file('folder'),
      dir('file'),
      file('late.log', 'link'),
    ]
    const done = release(h, 'r', { linked })
    expect(done.status).toBe(65)
    expect(
      done.stderr
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replaceAll(`${h.sharedPath}/`, '')),
    ).toEqual([
      'missing: a.conf',
      'missing: conf/b.conf',
      'missing: media',
      'folder should be a file, but is a directory',
      'file should be a directory, but is a file',
    ])
    expect(readdirSync(h.releasesPath)).toEqual([])
  })

  it('are linked by absolute links, and created if `missing` allows it, with their parents', () => {
    h.write('shared/app/settings/production.py', 'secret')
    const linked = [
      file('app/settings/production.py'),
      dir('media/a/b'),
      file('log/audio.log', 'link'),
      file('tmp/made', 'create'),
      dir('later', 'link'),
    ]
    expect(release(h, 'r', { linked })).toMatchObject({ status: 0, stderr: '' })
    for (const { path } of linked) expect(readlinkSync(join(h.releasesPath, 'r', path))).toBe(join(h.sharedPath, path))
    expect(h.read('current/app/settings/production.py')).toBe('secret')
    expect(h.read('shared/tmp/made')).toBe('')
    expect([h.has('shared/media/a/b'), h.has('shared/log'), h.has('shared/log/audio.log'), h.has('shared/later')]).toEqual([
      true,
      true,
      false,
      false,
    ])
    h.write('current/log/audio.log', 'noise')
    expect(h.read('shared/log/audio.log')).toBe('noise')
  })

  it('replace files of the repository, which are moved aside in the new release', () => {
    h.write('shared/config.yml', 'shared')
    h.write('shared/media/photo', 'shared')
    const shipped = sh`
      cd releases/r
      mkdir -p media .shipped
      echo shipped >config.yml; echo shipped >media/.keep; echo old >.shipped/config.yml
      ln -s nowhere log
    `
    const linked = [file('config.yml'), dir('media'), dir('log')]
    const steps = [
      prepareFolders(h, linked, { sharedWritable: true }),
      checkLinked(h, linked, { sharedWritable: true }),
      createRelease(h, 'r'),
      shipped,
      linkShared(h, 'r', linked),
    ]
    expect(h.run(steps)).toMatchObject({ status: 0, stderr: '' })
    expect(h.read('releases/r/config.yml')).toBe('shared')
    expect(h.read('releases/r/.shipped/config.yml')).toBe('old\n')
    expect(h.read('releases/r/.shipped/config.yml~')).toBe('shipped\n')
    expect(h.read('releases/r/.shipped/media/.keep')).toBe('shipped\n')
    expect(readlinkSync(join(h.releasesPath, 'r/.shipped/log'))).toBe('nowhere')
    expect(readdirSync(join(h.sharedPath, 'media'))).toEqual(['photo'])
    // A second time changes nothing.
    expect(h.run(linkShared(h, 'r', linked))).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(join(h.releasesPath, 'r/.shipped')).sort()).toEqual(['config.yml', 'config.yml~', 'log', 'media'])
  })

  it.each(['config', '.shipped', 'config/deep'])('are refused if a link of the repository at %s leads out of the release', (place) => {
    const outside = join(h.root, 'outside')
    mkdirSync(outside)
    h.write('shared/config/deep/file', 'x')
    const linked = [file('config/deep/file')]
    h.run([prepareFolders(h, linked, { sharedWritable: true }), createRelease(h, 'r')])
    if (place === 'config/deep') mkdirSync(join(h.releasesPath, 'r/config'))
    if (place === '.shipped') h.write('releases/r/config/deep/file', 'shipped')
    symlinkSync(outside, join(h.releasesPath, 'r', place))
    const done = h.run(linkShared(h, 'r', linked))
    expect(done).toMatchObject({ status: 67, stderr: expect.stringContaining('leads out of the release') })
    expect(readdirSync(outside)).toEqual([])
  })

  it('follow a link of the repository that stays in the release', () => {
    h.write('shared/web/uploads/x', 'x')
    const linked = [dir('web/uploads')]
    h.run([prepareFolders(h, linked, { sharedWritable: true }), createRelease(h, 'r')])
    mkdirSync(join(h.releasesPath, 'r/public'))
    symlinkSync('public', join(h.releasesPath, 'r/web'))
    expect(h.run(linkShared(h, 'r', linked))).toMatchObject({ status: 0 })
    expect(h.read('releases/r/public/uploads/x')).toBe('x')
  })

  it('keep hostile names unchanged', () => {
    for (const name of hostile) h.write(`shared/${name}/f`, name)
    const linked = hostile.flatMap((name) => [file(`${name}/f`), dir(`d/${name}`)])
    expect(release(h, 'r', { linked })).toMatchObject({ status: 0, stderr: '' })
    for (const name of hostile) expect([h.read(`current/${name}/f`), h.has(`shared/d/${name}`)]).toEqual([name, true])
    expect(existsSync(join(h.path, 'canary'))).toBe(false)
  })

  it('are created writable for the group, or not; existing ones keep their mode', () => {
    const mode = (path: string) => statSync(join(h.path, path)).mode & 0o777
    mkdirSync(join(h.sharedPath, 'old'), { recursive: true })
    chmodSync(join(h.sharedPath, 'old'), 0o700)
    const linked = [dir('old/new/deep'), file('f', 'create')]
    const set = (sharedWritable: boolean, id: string) =>
      h.run([prepareFolders(h, linked, { sharedWritable }), checkLinked(h, linked, { sharedWritable }), createRelease(h, id)], {
        run: id,
        before: 'umask 022',
      })
    expect(set(true, 'a')).toMatchObject({ status: 0, stderr: '' })
    expect(['shared/old', 'shared/old/new', 'shared/old/new/deep', 'shared/log', 'shared/f'].map(mode)).toEqual([
      0o700, 0o775, 0o775, 0o775, 0o664,
    ])
    const other = createShellHost(shell)
    other.run(prepareFolders(other, linked, { sharedWritable: false }), { before: 'umask 022' })
    expect(statSync(join(other.sharedPath, 'log')).mode & 0o777).toBe(0o755)
    other.remove()
  })

  it('report a path that cannot be written, with the reason', () => {
    chmodSync(h.root, 0o755)
    mkdirSync(h.path, { recursive: true })
    for (const folder of ['complete', 'begun', 'bad', 'run/r1']) mkdirSync(join(h.state, folder), { recursive: true })
    const done = h.run(preparing(h, 'r'), { as: 65534 })
    expect(done).toMatchObject({ status: 68, stderr: expect.stringMatching(/Permission denied/) })
    expect(lstatSync(h.path).isDirectory()).toBe(true)
    expect(existsSync(h.releasesPath)).toBe(false)
  })
})
