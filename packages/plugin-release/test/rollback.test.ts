import { readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askReleases, type HostReleases, readReleases } from '../src/facts/host-releases.ts'
import { chooseRollbackTarget } from '../src/facts/rollback-target.ts'
import { showStatus } from '../src/steps/status.ts'
import { verifyRelease } from '../src/steps/verify.ts'
import { preparing, publishRelease, release, rollback, undoPublish } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

const ask = (h: ShellHost): HostReleases => {
  const answer = h.run(askReleases(h))
  expect(answer).toMatchObject({ status: 0, stderr: '' })
  return readReleases(answer.stdout)
}

/** As the command does: asks, chooses, rolls back. */
const rollBack = (h: ShellHost): string => {
  const target = chooseRollbackTarget({ h: ask(h) })
  expect(rollback(h, target)).toMatchObject({ status: 0, stderr: '' })
  return target
}

describe.each(shells)('rollback in %s', (shell) => {
  let h: ShellHost
  beforeEach(() => {
    h = createShellHost(shell)
  })
  afterEach(() => h.remove())

  it('RBK-05: with exactly two releases goes to the first, and keeps the second, marked bad', () => {
    release(h, 'a')
    release(h, 'b')
    expect(rollBack(h)).toBe('a')
    expect([h.current(), h.read('current/version')]).toEqual(['releases/a', 'a\n'])
    expect(h.read('releases/b/version')).toBe('b\n')
    expect(ask(h)).toEqual({ current: 'a', all: ['b', 'a'], bad: ['b'] })
  })

  it('RBK-06: walks A, B, C back one by one; after a new release it goes to the last good one', () => {
    for (const id of ['a', 'b', 'c']) release(h, id)
    expect([rollBack(h), rollBack(h)]).toEqual(['b', 'a'])
    release(h, 'd')
    expect(rollBack(h)).toBe('a')
    expect(readdirSync(h.releasesPath).sort()).toEqual(['a', 'b', 'c', 'd'])
    expect(() => chooseRollbackTarget({ h: ask(h) })).toThrow(
      'there is no known-good release before the live one (live: a, good: a, bad: d c b)',
    )
  })

  it('RBK-07: uses the order of the journal, not of names or times', () => {
    for (const id of ['250101-000009', '250101-000001', '250101-000005']) release(h, id)
    utimesSync(join(h.releasesPath, '250101-000009'), new Date(), new Date())
    writeFileSync(join(h.releasesPath, '250101-000009/touched'), '')
    expect([rollBack(h), rollBack(h)]).toEqual(['250101-000001', '250101-000009'])
  })

  it('never leads to a release that was undone or never finished', () => {
    release(h, 'a')
    h.run([...preparing(h, 'b'), publishRelease(h, { verb: 'switch', release: 'b' })], { run: 'x' })
    h.run(undoPublish(h, { verb: 'switch', release: 'b' }), { run: 'x' })
    h.run(preparing(h, 'c'), { run: 'y' })
    release(h, 'd')
    expect(ask(h)).toEqual({ current: 'd', all: ['d', 'b', 'a'], bad: ['b'] })
    expect(rollBack(h)).toBe('a')
  })

  it('leads to the last good release if current points to no release', () => {
    release(h, 'a')
    release(h, 'b')
    for (const target of ['/etc', 'releases/gone']) {
      rmSync(h.currentPath)
      symlinkSync(target, h.currentPath)
      expect(ask(h)).toEqual({ current: undefined, all: ['b', 'a'], bad: [] })
      expect(chooseRollbackTarget({ h: ask(h) })).toBe('b')
    }
    rmSync(h.currentPath)
    expect(chooseRollbackTarget({ h: ask(h) })).toBe('b')
  })

  it('is refused in its first phase if the target was removed or became bad meanwhile', () => {
    release(h, 'a')
    expect(h.run(verifyRelease(h, 'a'))).toMatchObject({ status: 0 })
    expect(h.run(verifyRelease(h, 'b'))).toMatchObject({ status: 69, stderr: `${join(h.releasesPath, 'b')} does not exist\n` })
    writeFileSync(join(h.state, 'bad/a'), '')
    expect(h.run(verifyRelease(h, 'a'))).toMatchObject({ status: 69, stderr: 'a is marked bad\n' })
    rmSync(join(h.state, 'complete/a'))
    expect(h.run(verifyRelease(h, 'a'))).toMatchObject({ status: 69, stderr: 'a has no complete mark\n' })
  })

  describe('in the tree of another tool, before the first release', () => {
    const capistrano = ['20240101000000', '20240102000000', '20240103000000', '20240104000000', '20240105000000']

    it.each([
      ['absolute', (o: ShellHost, id: string) => join(o.releasesPath, id)],
      ['relative', (_: ShellHost, id: string) => `releases/${id}`],
    ])('of Capistrano, with an %s link: the live release and its whole predecessors are known', (_, target) => {
      for (const id of capistrano) h.write(`releases/${id}/REVISION`, id)
      rmSync(join(h.releasesPath, '20240102000000/REVISION'))
      h.write('releases/20240102000000/half', '')
      symlinkSync(target(h, '20240104000000'), h.currentPath)
      const known = { current: '20240104000000', all: ['20240104000000', '20240103000000', '20240101000000'], bad: [] }
      h.run([])
      const before = readdirSync(h.path)
      expect(ask(h)).toEqual(known)
      expect(readdirSync(h.path)).toEqual(before)
      expect(rollback(h, chooseRollbackTarget({ h: ask(h) })).stdout).toContain('adopted: 20240101000000 20240103000000 20240104000000')
      expect(h.current()).toBe('releases/20240103000000')
      expect(ask(h)).toEqual({ ...known, current: '20240103000000', bad: ['20240104000000'] })
      expect(h.journal().map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
        'adopt 20240101000000',
        'adopt 20240103000000',
        'adopt 20240104000000',
        'rollback 20240103000000',
      ])
      // Releases that were not adopted are not removed either.
      release(h, 'new', { keep: 1 })
      expect(readdirSync(h.releasesPath).sort()).toEqual(['20240102000000', '20240103000000', '20240105000000', 'new'])
    })

    it('of fapistrano, which does not write REVISION', () => {
      for (const id of ['240101-000000', '240102-000000']) h.write(`releases/${id}/app.py`, id)
      h.write('releases/240101-120000/.x', '')
      h.write('releases/other/x', '')
      symlinkSync(join(h.releasesPath, '240102-000000'), h.currentPath)
      expect(ask(h).all).toEqual(['240102-000000', '240101-120000', '240101-000000'])
      expect(release(h, '250101-000000')).toMatchObject({ status: 0, stderr: '' })
      expect(rollBack(h)).toBe('240102-000000')
    })

    it('of a person: only the live release is known', () => {
      h.write('releases/v1/x', '')
      h.write('releases/v2/x', '')
      symlinkSync('releases/v2', h.currentPath)
      expect(ask(h).all).toEqual(['v2'])
      release(h, 'new')
      expect(rollBack(h)).toBe('v2')
    })

    it('later too: a release that another tool made live is known as live', () => {
      release(h, '250101-000000')
      h.write('releases/20250102000000/x', '')
      rmSync(h.currentPath)
      symlinkSync('releases/20250102000000', h.currentPath)
      expect(ask(h)).toEqual({ current: '20250102000000', all: ['20250102000000', '250101-000000'], bad: [] })
      release(h, '250103-000000')
      expect(rollBack(h)).toBe('20250102000000')
      expect(rollBack(h)).toBe('250101-000000')
    })
  })

  it('reads a torn journal as far as possible, and the next line repairs it', () => {
    release(h, 'a')
    release(h, 'b')
    const whole = readFileSync(join(h.state, 'journal'), 'utf8')
    writeFileSync(join(h.state, 'journal'), `${whole}rubbish\n1 switch ../../etc r\n1 switch * r\n17 swi`)
    expect(ask(h)).toEqual({ current: 'b', all: ['b', 'a'], bad: [] })
    release(h, 'c')
    expect(ask(h).all).toEqual(['c', 'b', 'a'])
    expect(h.journal().at(-2)).toBe('17 swi')
  })

  it('status prints the live release, its time, the release before it and the bad ones', () => {
    expect(h.run(showStatus(h)).stdout).toBe('current    none: nothing has been released yet\nprevious   none\ngood       0\n')
    for (const id of ['a', 'b', 'c']) release(h, id)
    rollback(h, 'b')
    h.write('releases/b/REVISION', 'abc123\n')
    const output = h.run(showStatus(h))
    expect(output).toMatchObject({ status: 0, stderr: '' })
    expect(output.stdout.split('\n')).toEqual([
      'current    b',
      'revision   abc123',
      expect.stringMatching(/^since {6}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
      expect.stringMatching(/^by {9}rollback, run run\d+$/),
      'previous   a',
      'good       2',
      'bad        c',
      '',
    ])
    rmSync(h.currentPath)
    symlinkSync('/etc', h.currentPath)
    expect(h.run(showStatus(h)).stdout).toContain('current    /etc, which is not a release\n')
  })
})
