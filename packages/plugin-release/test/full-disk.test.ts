import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@dragonfab/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeEnvironment } from '../src/steps/environment.ts'
import { discardRelease, preparing, publishRelease, release, rollback, undoPublish } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

describe.each(shells)('INT-06: a full disk, in %s', (shell) => {
  let h: ShellHost
  beforeEach(async () => {
    h = createShellHost(shell)
    mkdirSync(h.path)
    await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=512k,nr_inodes=400', 'tmpfs', h.path])
    release(h, 'a')
    release(h, 'b')
  })
  afterEach(async () => {
    await mustRun(['umount', h.path])
    h.remove()
  })

  const fill = () => {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
      for (let count = 0; count < 20; count++) {
        try {
          writeFileSync(join(h.path, 'filler'), 'x'.repeat(size), { flag: 'a' })
        } catch {
          break
        }
      }
    }
    expect(() => writeFileSync(join(h.path, 'one'), 'x')).toThrow('ENOSPC')
    rmSync(join(h.path, 'one'), { force: true })
  }
  const free = () => rmSync(join(h.path, 'filler'))
  const undo = () => h.run([undoPublish(h, { verb: 'switch', release: 'c' }), discardRelease(h, 'c')], { run: 'x' })

  it('before the switch: does not switch, reports the full disk, and the next release works', () => {
    h.run(preparing(h, 'c'), { run: 'x' })
    fill()
    const done = h.run(publishRelease(h, { verb: 'switch', release: 'c' }), { run: 'x' })
    expect(done.status).not.toBe(0)
    expect(done.stderr).toMatch(/[Nn]o space left on/)
    expect(h.current()).toBe('releases/b')
    expect(undo().status).toBe(0)
    expect(h.current()).toBe('releases/b')
    free()
    expect(release(h, 'd')).toMatchObject({ status: 0, stderr: '' })
    expect(readdirSync(h.releasesPath)).toEqual(['a', 'b', 'd'])
  })

  it('reports a .env that does not fit, and does not write it', () => {
    h.run(preparing(h, 'c'), { run: 'x' })
    fill()
    const [write] = writeEnvironment(h, 'c', { A: 'x' }, { file: '.env', format: 'plain' })
    expect(h.run(write, { run: 'x' })).toMatchObject({
      status: 68,
      stderr: expect.stringContaining('.env cannot be written: no space left on the disk'),
    })
    expect(h.has('releases/c/.env')).toBe(false)
  })

  it('fails while the release is made, and reports the full disk', () => {
    fill()
    const done = h.run(preparing(h, 'c'), { run: 'x' })
    expect(done.status).not.toBe(66)
    expect(done.stderr).toMatch(/[Nn]o space left on/)
    expect(h.run(discardRelease(h, 'c'), { run: 'x' }).status).toBe(0)
    free()
    expect(release(h, 'd')).toMatchObject({ status: 0, stderr: '' })
  })

  it('after the switch: still switches current back, and never to the failed release again', () => {
    h.run([...preparing(h, 'c'), publishRelease(h, { verb: 'switch', release: 'c' })], { run: 'x' })
    expect(h.current()).toBe('releases/c')
    fill()
    expect(undo().status).toBe(0)
    expect(h.current()).toBe('releases/b')
    free()
    expect(release(h, 'd')).toMatchObject({ status: 0 })
    expect(rollback(h, 'b')).toMatchObject({ status: 0 })
    expect(readdirSync(join(h.state, 'bad'))).toContain('c')
  })
})
