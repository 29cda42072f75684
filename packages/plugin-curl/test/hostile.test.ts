import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureServers, mustRun } from '@dragonfab/test-kit'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { exitStatus } from '../src/exit-statuses.ts'
import { buildUnpack } from '../src/shell/unpack.ts'
import { type ArchiveMember, archiveOf } from './hostile-archives.ts'
import { type CurlHost, shells, startCurlHost } from './on-host.ts'

let of: CurlHost
/** The program itself, not what a version manager puts before it. */
let python: string

beforeAll(async () => {
  await ensureServers({ python3: 'python3', unzip: 'unzip' })
  python = (await mustRun(['python3', '-c', 'import sys; print(sys.executable)'])).trim()
})
afterEach(() => of?.remove())

/** Everything below the place but the run's own files and the release. */
function outside(): readonly string[] {
  const own = ['(', '-path', './run', '-o', '-path', './bin', '-o', '-path', './releases/1', ')', '-prune']
  return execFileSync('find', ['.', ...own, '-o', '-print'], { cwd: of.directory })
    .toString()
    .split('\n')
}

type HostileCase = readonly [string, ...ArchiveMember[]]

const leads: readonly HostileCase[] = [
  ['a name with ..', { name: 'a/../../evil' }],
  ['a name with .. at its head', { name: '../evil' }],
  ['an absolute name', { name: '/tmp/dragonfab-evil' }],
  ['an absolute link', { name: 'a', kind: 'link', target: '/etc/passwd' }],
  ['a link upwards', { name: 'a/b', kind: 'link', target: '../../x' }],
  ['a link to the folder above', { name: 'a', kind: 'link', target: '..' }],
  ['a link with .. behind a name', { name: 'a', kind: 'link', target: 'b/../../x' }],
  ['a link through a link', { name: 'p/q/r', kind: 'link', target: '../..' }, { name: 'out', kind: 'link', target: 'p/q/r/../x' }],
  ['a file beneath a link', { name: 'd', kind: 'link', target: '/tmp' }, { name: 'd/dragonfab-evil' }],
]

const leadsInTar: readonly HostileCase[] = [
  ['a file beneath a link within', { name: 'e/f' }, { name: 'd', kind: 'link', target: 'e' }, { name: 'd/g' }],
  ['an absolute hard link', { name: 'a', kind: 'hard', target: '/etc/passwd' }],
  ['a hard link upwards', { name: 'a/b', kind: 'hard', target: '../run/secret' }],
  ['a hard link of a link', { name: 'p/q/r', kind: 'link', target: '../..' }, { name: 'h', kind: 'hard', target: 'p/q/r' }],
  ['a file beneath such a one', { name: 'p/r', kind: 'link', target: 'q' }, { name: 'h', kind: 'hard', target: 'p/r' }, { name: 'h/evil' }],
  ['a device', { name: 'null', kind: 'device' }],
  ['a pipe', { name: 'pipe', kind: 'fifo' }],
  ['a setuid program', { name: 'su', mode: 0o4755 }],
  ['a setgid program', { name: 'su', mode: 0o2755 }],
  ['a link whose name has a line break', { name: 'x\n./y', kind: 'link', target: '/etc/passwd' }, { name: 'y' }],
  ['a way out behind a line break', { name: 'x\n/../../evil' }],
  ['a link whose name has an arrow', { name: 'x -> y', kind: 'link', target: '/etc/passwd' }],
  ['one among what is harmless', { name: 'a' }, { name: 'b/c' }, { name: '../evil' }, { name: 'd' }],
]

describe.each(shells)('a tar in %s', (shell) => {
  test.each<HostileCase>([...leads, ...leadsInTar])('%s is refused', async (_name, ...given) => {
    const members = given as readonly ArchiveMember[]
    of = await startCurlHost(shell)
    const before = outside()
    await of.downloaded(await archiveOf('tgz', members))
    const { status, stderr } = await of.run(buildUnpack('tgz', of.release, []))
    expect(stderr).toContain('the archive is refused')
    expect(status).toBe(exitStatus.leadsOut)
    expect(readdirSync(of.release)).toEqual([])
    expect(outside()).toEqual(before)
    expect(existsSync('/tmp/dragonfab-evil')).toBe(false)
  })

  test('what stays within is unpacked as it is', async () => {
    of = await startCurlHost(shell)
    await of.downloaded(
      await archiveOf('tar', [
        { name: './', kind: 'dir' },
        { name: './bin/run', mode: 0o755, text: '#!/bin/sh\n' },
        { name: 'a b/é -> ü', text: 'odd\n' },
        { name: '..hidden/...', text: 'dots\n' },
        { name: 'lib64', kind: 'link', target: 'lib' },
        { name: 'lib/x.so', kind: 'link', target: './x.so.1' },
        { name: 'lib/x.so.1', text: 'x\n' },
        { name: 'deep/er/link', kind: 'link', target: '../../bin/run' },
        { name: 'log', kind: 'link', target: 'not/there/yet' },
        { name: 'bin/again', kind: 'hard', target: './bin/run' },
        { name: 'venv/bin/python', kind: 'link', target: '/usr/bin/python3' },
        { name: 'fonts', kind: 'link', target: '/usr/share/fonts/x' },
        { name: `${'long/'.repeat(40)}name`, text: 'long\n' },
        ...(shell === 'busybox' ? [] : [{ name: 'line\nbreak', text: 'break\n' }]),
      ]),
    )
    const { status, stderr } = await of.run(buildUnpack('tar', of.release, ['/usr/bin/python3', '/usr/share/fonts/']))
    expect([status, stderr]).toEqual([0, ''])
    const read = (name: string) => readFileSync(join(of.release, name), 'utf8')
    expect(read('a b/é -> ü')).toBe('odd\n')
    expect(read('..hidden/...')).toBe('dots\n')
    expect(read('lib64/x.so')).toBe('x\n')
    expect(read('deep/er/link')).toBe('#!/bin/sh\n')
    expect(read(`${'long/'.repeat(40)}name`)).toBe('long\n')
    expect(statSync(join(of.release, 'bin/run')).mode & 0o777).toBe(0o755)
    expect(statSync(join(of.release, 'bin/again')).ino).toBe(statSync(join(of.release, 'bin/run')).ino)
    expect(readlinkSync(join(of.release, 'venv/bin/python'))).toBe('/usr/bin/python3')
    // Not 12345, whom the archive names.
    expect(lstatSync(join(of.release, 'bin/run')).uid).toBe(process.getuid?.())
    expect(readdirSync(join(of.directory, 'run'))).toEqual([])
  })

  test('nothing is written through a link that another plugin shipped', async () => {
    of = await startCurlHost(shell)
    await mkdir(join(of.directory, 'elsewhere'))
    await symlink('../../elsewhere', join(of.release, 'static'))
    await of.downloaded(await archiveOf('tgz', [{ name: 'static/evil' }]))
    expect((await of.run(buildUnpack('tgz', of.release, []))).status).toBe(exitStatus.leadsOut)
    expect(readdirSync(join(of.directory, 'elsewhere'))).toEqual([])
    // The link itself is its plugin's own matter.
    await of.downloaded(await archiveOf('tgz', [{ name: 'app' }]))
    expect((await of.run(buildUnpack('tgz', of.release, []))).status).toBe(0)
  })
})

describe.each(['unzip', 'busybox', 'python3'] as const)('a zip by %s', (tool) => {
  /** A host on which there is no other way to unpack one. */
  async function host(): Promise<void> {
    const ordinary = 'awk cat cut df dd find grep head mkdir mv od readlink rm sed tail tr wc'.split(' ')
    of = await startCurlHost(tool === 'busybox' ? 'busybox' : 'dash', tool === 'python3' ? ordinary : undefined)
    if (tool === 'python3') await symlink(python, join(of.directory, 'bin/python3'))
  }

  test.each<HostileCase>(leads)('%s is refused', async (_name, ...given) => {
    const members = given as readonly ArchiveMember[]
    await host()
    const before = outside()
    await of.downloaded(await archiveOf('zip', members))
    const { status, stderr } = await of.run(buildUnpack('zip', of.release, []))
    expect(stderr).toMatch(/the archive (is refused|cannot be unpacked)/)
    expect([exitStatus.leadsOut, exitStatus.notPacked]).toContain(status)
    expect(outside()).toEqual(before)
    expect(existsSync('/tmp/dragonfab-evil')).toBe(false)
  })

  test('what stays within is unpacked with its modes', async () => {
    await host()
    await of.downloaded(
      await archiveOf('zip', [
        { name: 'bin/run', mode: 0o755, text: '#!/bin/sh\n' },
        { name: 'a  b.txt', text: 'two spaces\n' },
        ...(tool === 'python3' ? [] : [{ name: 'run', kind: 'link' as const, target: 'bin/run' }]),
      ]),
    )
    const { status, stderr } = await of.run(buildUnpack('zip', of.release, []))
    expect([status, stderr]).toEqual([0, ''])
    expect(readFileSync(join(of.release, 'a  b.txt'), 'utf8')).toBe('two spaces\n')
    expect(statSync(join(of.release, 'bin/run')).mode & 0o777).toBe(0o755)
    if (tool !== 'python3') expect(readlinkSync(join(of.release, 'run'))).toBe('bin/run')
  })

  test('a damaged one is no release', async () => {
    await host()
    const whole = await archiveOf('zip', [{ name: 'a', text: 'abc'.repeat(1000) }])
    whole[40] = (whole[40] ?? 0) ^ 0xff
    await of.downloaded(whole)
    const { status, stderr } = await of.run(buildUnpack('zip', of.release, []))
    expect([status, stderr]).toEqual([exitStatus.notPacked, expect.stringContaining('the archive cannot be')])
  })
})
