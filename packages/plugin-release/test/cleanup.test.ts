import { type ChildProcess, spawn as start } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { mustRun } from '@dragonfab/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanUpReleases } from '../src/steps/cleanup.ts'
import { preparing, release, rollback } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

const id = (n: number) => `250101-${String(n).padStart(6, '0')}`
const releasesOf = (h: ShellHost) => readdirSync(h.releasesPath).sort()
const marks = (h: ShellHost) =>
  ['begun', 'complete', 'bad'].flatMap((kind) => readdirSync(join(h.state, kind)).map((name) => `${kind}/${name}`)).sort()

describe.each(shells)('cleanup in %s', (shell) => {
  let h: ShellHost
  beforeEach(() => {
    h = createShellHost(shell)
  })
  afterEach(() => h.remove())

  it('keeps 3 of 10, by the journal and not by names or times', () => {
    // The clock goes back and forth, and somebody touches the oldest.
    const names = [500, 100, 900, 300, 700, 200, 800, 400, 600, 1].map(id)
    for (const name of names) {
      expect(release(h, name, { keep: 3 })).toMatchObject({ status: 0, stderr: '' })
      utimesSync(join(h.releasesPath, names[0] ?? ''), new Date(), new Date())
      if (name === names[2]) break
    }
    for (const name of names.slice(3)) expect(release(h, name, { keep: 3 })).toMatchObject({ status: 0, stderr: '' })
    expect(releasesOf(h)).toEqual([id(1), id(400), id(600)])
    expect(marks(h)).toEqual([id(1), id(400), id(600)].map((name) => `complete/${name}`))
    expect(existsSync(join(h.state, 'trash'))).toBe(false)
  })

  it('CLN-03: keeping 1 keeps the live one and the one before it', () => {
    for (const n of [1, 2, 3, 4]) release(h, id(n), { keep: 1 })
    expect(releasesOf(h)).toEqual([id(3), id(4)])
  })

  it('does not count bad or unfinished releases, and removes those older than the ones it keeps', () => {
    release(h, id(1))
    release(h, id(2))
    rollback(h, id(1))
    h.run(preparing(h, id(3)), { run: 'killed' })
    release(h, id(4), { keep: 2 })
    expect(releasesOf(h)).toEqual([id(1), id(2), id(4)])
    expect(marks(h)).toContain(`bad/${id(2)}`)
    release(h, id(5), { keep: 2 })
    expect(releasesOf(h)).toEqual([id(4), id(5)])
    expect(marks(h)).toEqual([`complete/${id(4)}`, `complete/${id(5)}`])
  })

  it('limits the number of bad releases', () => {
    release(h, id(1))
    for (const n of [2, 3, 4, 5]) {
      release(h, id(n), { keep: 2 })
      rollback(h, id(1))
    }
    release(h, id(6), { keep: 2 })
    expect(releasesOf(h)).toEqual([id(1), id(4), id(5), id(6)])
  })

  it('CLN-04: keeps directories that it does not know', () => {
    release(h, id(1))
    const foreign = ['with space', 'new\nline', '-rf', '250101-999999', '20250101000000', '.hidden', 'x']
    for (const name of foreign) h.write(`releases/${name}/file`, name)
    symlinkSync('/etc', join(h.releasesPath, 'etc'))
    // A known name that is now a link.
    rmSync(join(h.releasesPath, id(1)), { recursive: true })
    symlinkSync('/etc', join(h.releasesPath, id(1)))
    for (const n of [2, 3, 4]) expect(release(h, id(n), { keep: 1 })).toMatchObject({ status: 0 })
    expect(releasesOf(h)).toEqual([...foreign, 'etc', id(1), id(3), id(4)].sort())
    expect(existsSync('/etc/passwd')).toBe(true)
  })

  it('CLN-05: removes links but not their targets; warns of mounts and keeps them', async () => {
    release(h, id(1))
    h.write('shared/logs/app.log', 'kept')
    symlinkSync('../../shared/logs', join(h.releasesPath, id(1), 'logs'))
    symlinkSync(h.sharedPath, join(h.releasesPath, id(1), 'all'))
    release(h, id(2))
    mkdirSync(join(h.releasesPath, id(2), 'mounted'))
    await mustRun(['mount', '--bind', h.sharedPath, join(h.releasesPath, id(2), 'mounted')])
    try {
      release(h, id(3))
      const done = release(h, id(4), { keep: 1 })
      expect(done).toMatchObject({ status: 0, stderr: `something is mounted in ${id(2)}\n` })
      expect(releasesOf(h)).toEqual([id(2), id(3), id(4)])
      expect(h.read('shared/logs/app.log')).toBe('kept')
    } finally {
      await mustRun(['umount', join(h.releasesPath, id(2), 'mounted')])
    }
    expect(release(h, id(5), { keep: 1 })).toMatchObject({ status: 0, stderr: '' })
    expect(releasesOf(h)).toEqual([id(4), id(5)])
    expect(h.read('shared/logs/app.log')).toBe('kept')
  })

  it('CLN-05: warns of files that it cannot remove, with status 0, and tries again', async () => {
    release(h, id(1))
    h.write(`releases/${id(1)}/root/owned`, '')
    release(h, id(2))
    release(h, id(3))
    const own = 65534
    await mustRun(['chown', '-R', `${own}:${own}`, h.root])
    chownSync(join(h.releasesPath, id(1), 'root'), 0, 0)
    chmodSync(h.root, 0o755)
    // A user who is not root cannot empty a folder that belongs to root.
    const step = cleanUpReleases(h, id(3), 1)
    const done = h.run(step, { run: 'warned', as: own })
    expect(done.stderr).toContain('some files cannot be removed')
    expect(done.status).toBe(0)
    expect(releasesOf(h)).toEqual([id(2), id(3)])
    expect(readdirSync(join(h.state, 'trash'))).toHaveLength(1)
    expect(h.run(step, { run: 'again' })).toMatchObject({ status: 0, stderr: '' })
    expect(existsSync(join(h.state, 'trash'))).toBe(false)
  })

  it('removes folders without write permission', () => {
    release(h, id(1))
    h.write(`releases/${id(1)}/mod/cache/file`, '')
    chmodSync(join(h.releasesPath, id(1), 'mod/cache'), 0o500)
    chmodSync(join(h.releasesPath, id(1), 'mod'), 0o500)
    release(h, id(2))
    release(h, id(3))
    chownAll(h)
    expect(h.run(cleanUpReleases(h, id(3), 1), { run: 'own', as: 65534 })).toMatchObject({ status: 0, stderr: '' })
    expect(releasesOf(h)).toEqual([id(2), id(3)])
    expect(existsSync(join(h.state, 'trash'))).toBe(false)
  })

  it.each(ways)('CLN-02: keeps a release that a process holds by %s, and names the process', async (way) => {
    release(h, id(1))
    const holder = await hold(join(h.releasesPath, id(1)), way)
    try {
      release(h, id(2))
      release(h, id(3))
      const done = release(h, id(4), { keep: 1 })
      expect(done).toMatchObject({ status: 0, stderr: '' })
      expect(done.stdout).toMatch(new RegExp(`^kept ${id(1)}: process ${holder.pid} python3[.0-9]* uses it$`, 'm'))
      expect(releasesOf(h)).toEqual([id(1), id(3), id(4)])
    } finally {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
    release(h, id(5), { keep: 1 })
    expect(releasesOf(h)).toEqual([id(4), id(5)])
  })

  it('CLN-06: a release that a killed cleanup removed partly is not a target, and the next cleanup removes it', () => {
    for (const n of [1, 2, 3]) release(h, id(n))
    // Killed while rm was running: the release is already in the trash.
    const killed = h.run(cleanUpReleases(h, id(3), 1), {
      run: 'killed',
      before: 'rm() { case "$*" in *trash*) kill -KILL $$ ;; *) command rm "$@" ;; esac; }',
    })
    expect(killed.status).not.toBe(0)
    expect(releasesOf(h)).toEqual([id(2), id(3)])
    expect(readdirSync(join(h.state, 'trash'))).toEqual([`${id(1)}.0`])
    expect(rollback(h, id(2)).status).toBe(0)
    release(h, id(4), { keep: 2 })
    expect(existsSync(join(h.state, 'trash'))).toBe(false)
  })

  it('never removes the live release or the one that was live before this run', () => {
    release(h, id(1))
    release(h, id(2))
    release(h, id(3))
    // An old release was linked by hand. Then a release is made that keeps only one.
    rmSync(h.currentPath)
    symlinkSync(`releases/${id(1)}`, h.currentPath)
    expect(release(h, id(4), { keep: 1 })).toMatchObject({ status: 0 })
    expect(releasesOf(h)).toEqual([id(1), id(3), id(4)])
  })
})

const ways = ['cwd', 'exe', 'root', 'fd', 'mmap', 'argument'] as const

/** A process that holds a directory in one way and no other. */
async function hold(place: string, way: (typeof ways)[number]): Promise<ChildProcess> {
  const python = realpathSync('/usr/bin/python3')
  copyFileSync(python, join(place, 'python3'))
  chmodSync(join(place, 'python3'), 0o755)
  writeFileSync(join(place, 'data'), 'x'.repeat(5000))
  const does = {
    cwd: 'os.chdir(place)',
    exe: '',
    // The process keeps its old working directory, so only its root is in the release.
    root: 'os.chroot(place)',
    fd: 'kept = open(place + "/data")',
    mmap: 'f = open(place + "/data"); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); f.close()',
    argument: '',
  }[way]
  const code = `import mmap, os, sys, time\nplace = os.environ["PLACE"]\n${does}\nprint("ready", flush=True)\ntime.sleep(600)`
  const child = start(way === 'exe' ? join(place, 'python3') : python, ['-c', code, ...(way === 'argument' ? [`${place}/worker`] : [])], {
    cwd: '/',
    // A name without a path, so that the argument list does not contain the program's path.
    argv0: 'python3',
    env: { PLACE: place, PYTHONHOME: '/usr' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [first] = await Promise.race([once(child.stdout as Readable, 'data'), once(child, 'exit')])
  if (String(first) !== 'ready\n') throw new Error(`the process that should hold by ${way} ended with ${first}`)
  return child
}

function chownAll(h: ShellHost): void {
  const walk = (path: string): void => {
    const stat = lstatSync(path)
    if (!stat.isSymbolicLink()) chownSync(path, 65534, 65534)
    if (stat.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name))
  }
  walk(h.root)
}

it('CLN-04: goes through 5,000 releases in seconds, and keeps the one that was live before', () => {
  const h = createShellHost('dash')
  release(h, 'first')
  const names = Array.from({ length: 5000 }, (_, index) => id(index))
  for (const name of names) {
    mkdirSync(join(h.releasesPath, name))
    writeFileSync(join(h.state, 'complete', name), '')
  }
  writeFileSync(join(h.state, 'journal'), names.map((name) => `1 switch ${name} r\n`).join(''), { flag: 'a' })
  const since = performance.now()
  expect(release(h, 'last', { keep: 4990 })).toMatchObject({ status: 0, stderr: '' })
  expect(performance.now() - since).toBeLessThan(60_000)
  expect(releasesOf(h)).toHaveLength(4990 + 1)
  h.remove()
})
