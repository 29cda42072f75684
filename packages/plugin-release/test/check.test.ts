import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LinkedPath } from '../src/linked/linked-path.ts'
import { checkHost } from '../src/steps/check.ts'
import { release } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

const linked: readonly LinkedPath[] = [
  { kind: 'file', path: 'a.conf', missing: 'error' },
  { kind: 'file', path: 'b.conf', missing: 'error' },
  { kind: 'dir', path: 'media', missing: 'create' },
]

describe.each(shells)('check in %s', (shell) => {
  let h: ShellHost
  beforeEach(() => {
    h = createShellHost(shell)
    chmodSync(h.root, 0o755)
  })
  afterEach(() => h.remove())

  it('passes on a host that was never deployed to, and changes nothing', () => {
    h.run([])
    const before = readdirSync(h.path)
    expect(h.run(checkHost(h, []))).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/: \d+ MiB free\n$/) })
    expect(readdirSync(h.path)).toEqual(before)
  })

  it('passes after a release', () => {
    h.write('shared/a.conf')
    h.write('shared/b.conf')
    expect(release(h, 'a', { linked })).toMatchObject({ status: 0 })
    expect(h.run(checkHost(h, linked, { dotenvGroup: 'root' }))).toMatchObject({ status: 0, stderr: '' })
  })

  it('reports all problems at once, each path once', () => {
    mkdirSync(join(h.state, 'run/r1'), { recursive: true })
    h.write('current/index.html')
    h.write('shared/media', 'a file')
    const done = h.run(checkHost(h, linked, { dotenvGroup: 'nosuchgroup' }), { as: 65534 })
    expect(done.status).toBe(73)
    expect(done.stderr.split('\n').filter(Boolean)).toEqual([
      expect.stringMatching(/my app is not writable by (nobody|65534)$/),
      expect.stringMatching(/shared is not writable/),
      expect.stringMatching(/\.dragonfab is not writable/),
      expect.stringMatching(/current is not a link, so it cannot be switched$/),
      expect.stringMatching(/^missing: .*shared\/a\.conf$/),
      expect.stringMatching(/^missing: .*shared\/b\.conf$/),
      expect.stringMatching(/shared\/media should be a directory, but is a file$/),
      'the user is not in the group nosuchgroup (dotenvGroup)',
    ])
  })

  it('reports a current that points to nothing', () => {
    symlinkIn(h)
    expect(h.run(checkHost(h, []))).toMatchObject({
      status: 73,
      stderr: expect.stringMatching(/current points to releases\/gone, which is not a directory\n$/),
    })
  })
})

function symlinkIn(h: ShellHost): void {
  mkdirSync(h.path, { recursive: true })
  symlinkSync('releases/gone', h.currentPath)
}
