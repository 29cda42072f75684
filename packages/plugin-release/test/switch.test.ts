import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { discardRelease, preparing, publishRelease, release, rollback, undoPublish } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

describe.each(shells)('a release in %s', (shell) => {
  let h: ShellHost
  afterEach(() => h.remove())

  it('is made, switched to, marked and written into the journal', () => {
    h = createShellHost(shell)
    const done = release(h, '250101-000001')
    expect(done.stderr).toBe('')
    expect(done.status).toBe(0)
    expect(h.current()).toBe('releases/250101-000001')
    expect(h.read('current/version')).toBe('250101-000001\n')
    expect(h.has('.dragonfab/complete/250101-000001')).toBe(true)
    expect(h.has('.dragonfab/begun/250101-000001')).toBe(false)
    expect(h.journal().map((line) => line.replace(/^\d+ /, ''))).toEqual([expect.stringMatching(/^switch 250101-000001 run\d+$/)])
    expect(lstatSync(join(h.path, 'shared/log')).mode & 0o020).toBe(0o020)
  })

  it('is undone to the release before it, and marked bad', () => {
    h = createShellHost(shell)
    release(h, 'a')
    h.run([...preparing(h, 'b'), publishRelease(h, { verb: 'switch', release: 'b' })], { run: 'x' })
    expect(h.current()).toBe('releases/b')
    for (const _ of [1, 2]) {
      const back = h.run([undoPublish(h, { verb: 'switch', release: 'b' }), discardRelease(h, 'b')], { run: 'x' })
      expect(back).toMatchObject({ status: 0, stderr: '' })
      expect(h.current()).toBe('releases/a')
      expect(h.has('releases/b/version')).toBe(true)
      expect(h.has('.dragonfab/bad/b')).toBe(true)
    }
    expect(h.journal().map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual(['switch a', 'switch b', 'undo a'])
  })

  it('is undone by removing current if it was the first', () => {
    h = createShellHost(shell)
    h.run([...preparing(h, 'a'), publishRelease(h, { verb: 'switch', release: 'a' })], { run: 'x' })
    expect(h.run(undoPublish(h, { verb: 'switch', release: 'a' }), { run: 'x' })).toMatchObject({ status: 0, stderr: '' })
    expect(h.current()).toBeUndefined()
    expect(h.has('.dragonfab/bad/a')).toBe(true)
    expect(h.journal().at(-1)).toMatch(/ undo - x$/)
  })

  it('that was never switched to is removed by the undo', () => {
    h = createShellHost(shell)
    release(h, 'a')
    h.run(preparing(h, 'b'), { run: 'x' })
    const back = h.run([undoPublish(h, { verb: 'switch', release: 'b' }), discardRelease(h, 'b')], { run: 'x' })
    expect(back).toMatchObject({ status: 0, stderr: '' })
    expect(h.current()).toBe('releases/a')
    expect([h.has('releases/b'), h.has('.dragonfab/begun/b'), h.has('.dragonfab/trash')]).toEqual([false, false, false])
  })

  it('is not removed by a run that did not make it', () => {
    h = createShellHost(shell)
    release(h, 'a')
    h.run(preparing(h, 'b'), { run: 'x' })
    const other = h.run(preparing(h, 'b'), { run: 'y' })
    expect(other.status).toBe(66)
    h.run(discardRelease(h, 'b'), { run: 'y' })
    expect(h.has('releases/b/version')).toBe(true)
  })

  it('is marked bad by a rollback from it, and good again if the rollback is undone', () => {
    h = createShellHost(shell)
    release(h, 'a')
    release(h, 'b')
    h.run(publishRelease(h, { verb: 'rollback', release: 'a' }), { run: 'x' })
    expect([h.current(), h.has('.dragonfab/bad/b')]).toEqual(['releases/a', true])
    const back = h.run(undoPublish(h, { verb: 'rollback', release: 'a' }), { run: 'x' })
    expect(back).toMatchObject({ status: 0, stderr: '' })
    expect([h.current(), h.has('.dragonfab/bad/b'), h.has('.dragonfab/bad/a')]).toEqual(['releases/b', false, false])
  })
})

describe.each(shells)('ATM-03, ATM-05: what current may be, in %s', (shell) => {
  let h: ShellHost
  afterEach(() => h.remove())

  it('a directory or a file is refused before anything is written', () => {
    for (const make of [() => h.write('current/index.html', 'kept'), () => h.write('current', 'kept')]) {
      h = createShellHost(shell)
      make()
      const done = release(h, 'a')
      expect(done.status).toBe(64)
      expect(h.has('releases')).toBe(false)
      expect(h.has('shared')).toBe(false)
      h.remove()
    }
  })

  it.each([
    ['absolute', (o: ShellHost) => join(o.path, 'releases/old')],
    ['relative', () => 'releases/old'],
    ['relative with dots', () => './releases/../releases/old/'],
  ])('an %s link into releases is adopted, and the undo restores it unchanged', (_, target) => {
    h = createShellHost(shell)
    h.write('releases/old/version', 'old')
    symlinkSync(target(h), h.currentPath)
    h.run([...preparing(h, 'b'), publishRelease(h, { verb: 'switch', release: 'b' })], { run: 'x' })
    expect(h.current()).toBe('releases/b')
    expect(h.journal()[0]).toMatch(/ adopt old x$/)
    expect(h.has('.dragonfab/complete/old')).toBe(true)
    expect(h.run(undoPublish(h, { verb: 'switch', release: 'b' }), { run: 'x' }).status).toBe(0)
    expect(h.current()).toBe(target(h))
    expect(h.journal().at(-1)).toMatch(/ undo old x$/)
  })

  it.each([
    ['dangling', 'releases/gone'],
    ['to outside', '/etc'],
    ['to releases itself', 'releases'],
    ['deeper than a release', 'releases/old/public'],
    ['to itself', 'current'],
  ])('a link %s is replaced, not adopted, and the undo restores it unchanged', (_, target) => {
    h = createShellHost(shell)
    h.write('releases/old/public/index.html', 'old')
    symlinkSync(target, h.currentPath)
    const done = h.run([...preparing(h, 'b'), publishRelease(h, { verb: 'switch', release: 'b' })], { run: 'x' })
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(h.current()).toBe('releases/b')
    expect(h.journal().map((line) => line.split(' ')[1])).toEqual(['switch'])
    expect(h.run(undoPublish(h, { verb: 'switch', release: 'b' }), { run: 'x' })).toMatchObject({ status: 0, stderr: '' })
    expect(h.current()).toBe(target)
    expect(h.read('releases/old/public/index.html')).toBe('old')
  })

  it('works in a tree that is reached through a link', () => {
    h = createShellHost(shell)
    const real = join(h.root, 'real')
    mkdirSync(real)
    rmSync(h.path, { recursive: true, force: true })
    symlinkSync(real, h.path)
    release(h, 'a')
    expect(release(h, 'b').status).toBe(0)
    expect(rollback(h, 'a').status).toBe(0)
    expect(h.journal().map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual(['switch a', 'switch b', 'rollback a'])
  })
})
