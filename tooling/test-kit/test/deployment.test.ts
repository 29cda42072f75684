import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  checkDeployment,
  type DeploymentState,
  type Expectations,
  listGitTree,
  observeDeployment,
  startReader,
  type Tree,
} from '../src/index.ts'

let path = ''
let before: DeploymentState
const trees = new Map<string, Tree>()

/** A release as the tool leaves it: files, a REVISION, a link into shared where the repository ships a file, marks. */
function release(id: string, options: { complete?: boolean; bad?: boolean } = {}): void {
  const directory = join(path, 'releases', id)
  mkdirSync(join(directory, 'bin'), { recursive: true })
  writeFileSync(join(directory, 'bin/run'), `#!/bin/sh\necho ${id}\n`)
  chmodSync(join(directory, 'bin/run'), 0o755)
  writeFileSync(join(directory, 'settings.py'), 'shipped\n')
  trees.set(`commit-${id}`, listGitTree(directory))
  unlinkSync(join(directory, 'settings.py'))
  symlinkSync(join(path, 'shared/settings.py'), join(directory, 'settings.py'))
  writeFileSync(join(directory, 'REVISION'), `commit-${id}\n`)
  if (options.complete ?? true) writeFileSync(join(path, '.dragonfab/complete', id), '')
  if (options.bad) writeFileSync(join(path, '.dragonfab/bad', id), '')
}

function point(id: string): void {
  symlinkSync(`releases/${id}`, join(path, 'current.new'))
  renameSync(join(path, 'current.new'), join(path, 'current'))
}

async function broken(expectations: Expectations = {}): Promise<string[]> {
  return (await checkDeployment(path, { before, trees, keep: 3, settled: true, ...expectations })).map(({ check }) => check)
}

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'dragonfab-deployment-'))
  trees.clear()
  for (const name of ['releases', 'shared/log', '.dragonfab/complete', '.dragonfab/bad', '.dragonfab/run'])
    mkdirSync(join(path, name), { recursive: true })
  writeFileSync(join(path, 'shared/settings.py'), 'secret = 1\n')
  for (const id of ['1', '2', '3']) release(id)
  point('3')
  before = observeDeployment(path)
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

describe('the invariants of a deployment are green', () => {
  it('where nothing happened', async () => {
    expect(await broken({ run: { status: 1, done: 'new' } })).toEqual([])
  })
  it('after a release, with cleanup', async () => {
    release('4')
    point('4')
    rmSync(join(path, 'releases/1'), { recursive: true })
    rmSync(join(path, '.dragonfab/complete/1'))
    expect(await broken({ run: { status: 0, done: 'new' } })).toEqual([])
  })
  it('after a release that was killed before its switch, until the next one', async () => {
    release('4', { complete: false })
    expect(await broken({ settled: false, run: { status: 137, done: 'new' } })).toEqual([])
  })
  it('after a rollback, and after a first release that failed', async () => {
    point('2')
    expect(await broken({ run: { status: 0, done: '2' } })).toEqual([])
    rmSync(path, { recursive: true })
    mkdirSync(path)
    before = observeDeployment(path)
    expect(await broken({ run: { status: 1, done: 'new' } })).toEqual([])
  })
  it('where what changed in shared was declared', async () => {
    writeFileSync(join(path, 'shared/log/app.log'), 'line\n')
    expect(await broken({ sharedMayChange: ['log'] })).toEqual([])
  })
})

describe('each invariant is red', () => {
  it.each<[string, () => void]>([
    ['is gone', () => unlinkSync(join(path, 'current'))],
    ['dangles', () => rmSync(join(path, 'releases/3'), { recursive: true })],
    [
      'leads out of releases',
      () => {
        unlinkSync(join(path, 'current'))
        symlinkSync('shared', join(path, 'current'))
      },
    ],
    [
      'is a directory',
      () => {
        unlinkSync(join(path, 'current'))
        cpSync(join(path, 'releases/3'), join(path, 'current'), { recursive: true })
      },
    ],
    ['leads to a release without a complete mark', () => unlinkSync(join(path, '.dragonfab/complete/3'))],
    ['leads to a bad release', () => writeFileSync(join(path, '.dragonfab/bad/3'), '')],
  ])('a: current %s', async (_, breakIt) => {
    breakIt()
    expect(await broken()).toContain('a')
  })
  it.each<[string, () => void]>([
    ['a file is missing', () => unlinkSync(join(path, 'releases/2/bin/run'))],
    ['a file is cut', () => writeFileSync(join(path, 'releases/2/bin/run'), '#!/bin/sh\n')],
    ['a mode is lost', () => chmodSync(join(path, 'releases/2/bin/run'), 0o644)],
    [
      'a link leads elsewhere than to shared',
      () => {
        unlinkSync(join(path, 'releases/2/settings.py'))
        symlinkSync('/etc/passwd', join(path, 'releases/2/settings.py'))
      },
    ],
    ['REVISION is missing', () => unlinkSync(join(path, 'releases/2/REVISION'))],
  ])('b: %s', async (_, breakIt) => {
    breakIt()
    expect(await broken()).toEqual(['b'])
  })
  it.each<[string, () => void]>([
    ['a file changed', () => writeFileSync(join(path, 'shared/settings.py'), 'secret = 2\n')],
    ['a file is gone', () => unlinkSync(join(path, 'shared/settings.py'))],
    ['a file is new', () => writeFileSync(join(path, 'shared/new'), '')],
    ['a mode changed', () => chmodSync(join(path, 'shared/settings.py'), 0o600)],
  ])('c: in shared %s', async (_, breakIt) => {
    breakIt()
    expect(await broken({ sharedMayChange: ['log', 'set'] })).toEqual(['c'])
  })
  it('d: a good release too many was cleaned', async () => {
    rmSync(join(path, 'releases/1'), { recursive: true })
    rmSync(join(path, '.dragonfab/complete/1'))
    expect(await broken()).toEqual(['d'])
    expect(await broken({ keep: 2 })).toEqual([])
  })
  it('e: what could be rolled back to is gone or bad', async () => {
    for (const id of ['1', '2']) writeFileSync(join(path, '.dragonfab/bad', id), '')
    expect(await broken({ keep: 1 })).toEqual(['e'])
  })
  it.each<[string, () => void]>([
    ['a temporary link', () => symlinkSync('releases/3', join(path, 'current.123'))],
    ['an unfinished release', () => release('4', { complete: false })],
    ['a release on its way out', () => mkdirSync(join(path, 'releases/.trash-1'))],
    ['a mark without a release', () => writeFileSync(join(path, '.dragonfab/complete/9'), '')],
    ['a removed release', () => mkdirSync(join(path, '.dragonfab/trash'))],
    ['the intent of a switch', () => writeFileSync(join(path, '.dragonfab/switching'), '1 switch 4 9 -\n')],
    [
      'what two runs kept',
      () => {
        for (const run of ['8', '9']) mkdirSync(join(path, '.dragonfab/run', run))
      },
    ],
  ])('f: %s is left', async (_, breakIt) => {
    breakIt()
    expect(await broken()).toEqual(['f'])
    expect(await broken({ settled: false })).toEqual([])
  })
  it('f: the lock is held', async () => {
    const lock = join(path, '.dragonfab/lock')
    writeFileSync(lock, '')
    expect(await broken()).toEqual([])
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    expect(await broken()).toEqual(['f'])
    holder.stdin.end()
    await once(holder, 'exit')
  })
  it('g: a process is left, by its arguments or by where it stands', async () => {
    const marker = `left-by-a-run-${process.pid}`
    for (const [cwd, name] of [
      ['/', marker],
      [join(path, 'releases/3'), 'sh'],
    ] as const) {
      const child = spawn('sh', ['-c', 'echo up; read line', name], { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      expect(await broken({ processMarker: marker, processLimitMs: 0 })).toEqual(['g'])
      expect(await broken({ processMarker: marker, processLimitMs: 0, processesExcept: [child.pid ?? 0] })).toEqual([])
      child.stdin.end()
      expect(await broken({ processMarker: marker })).toEqual([])
    }
  })
  it('g: a host is quiet once no process was found, though a clean-up begins right after', async () => {
    const marker = `cleans-up-after-${process.pid}`
    const child = spawn('sh', ['-c', 'while :; do sh -c "sleep 0.03; :" "$0-after-$1"; sleep 0.03; done', 'cleans-up', String(process.pid)])
    for (let count = 0; count < 5; count++) expect(await broken({ processMarker: marker, processLimitMs: 2000 })).toEqual([])
    child.kill()
    await once(child, 'exit')
  })
  it.each<[number, string, () => void]>([
    [0, 'new', () => undefined],
    [0, '2', () => undefined],
    [0, 'none', () => point('2')],
    [1, 'new', () => point('2')],
    [3, 'new', () => point('2')],
    [75, 'new', () => point('2')],
    [4, 'new', () => point('2')],
    [137, 'new', () => point('2')],
  ])('h: exit status %i of a run that leads to %s does not fit', async (status, done, change) => {
    change()
    expect(await broken({ run: { status, done } })).toEqual(['h'])
  })
})

describe('the reader of current', () => {
  it('counts a switch that goes through nothing, and none where the link is renamed into place', async () => {
    const file = join(realpathSync(path), 'current/REVISION')
    const calm = await startReader(file)
    for (let round = 0; round < 50; round++) {
      point(round % 2 ? '2' : '3')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const whole = await calm.stop()
    expect(whole).toMatchObject({ missing: 0, otherErrors: 0 })
    expect(whole.switches).toBeGreaterThan(0)
    const torn = await startReader(file, 0)
    for (let round = 0; round < 20; round++) {
      unlinkSync(join(path, 'current'))
      // What `ln -nfs` does on busybox, given the time that a reader needs to come by.
      await new Promise((resolve) => setTimeout(resolve, 5))
      symlinkSync('releases/2', join(path, 'current'))
    }
    const report = await torn.stop()
    expect(report.missing).toBeGreaterThan(0)
    expect(report.perSecond).toBeGreaterThan(1000)
  })
})
