import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { render } from '@dragonfab/core'
import { startReader } from '@dragonfab/test-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { publishRelease } from '../src/steps/publish.ts'
import { release } from './flow.ts'
import { createShellHost, type ShellHost, spawn } from './shells.ts'

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

// bash calls the same commands as dash.
describe.each(['dash', 'busybox'] as const)('ATM-01: a program that reads current while it is switched, in %s', (shell) => {
  let h: ShellHost
  afterEach(() => h.remove())

  it('finds it every time, in 250 switches: 500 with both shells', async () => {
    h = createShellHost(shell)
    release(h, 'a')
    release(h, 'b')
    const run = join(h.state, 'run/many')
    mkdirSync(run)
    const text = (id: string) => {
      const step = publishRelease(h, { verb: 'switch', release: id })
      return step.kind === 'shell' ? render(step.text, () => '') : ''
    }
    const script = `DF_RUN=${quoted(run)} DF_STATE=${quoted(h.state)}\ni=0\nwhile [ "$i" -lt 125 ]; do i=$((i + 1))
      (set -eu\n${text('a')}\n) >/dev/null; [ $? = 0 ] || exit 1\n(set -eu\n${text('b')}\n) >/dev/null; [ $? = 0 ] || exit 1\ndone`
    const reader = await startReader(join(h.currentPath, 'version'))
    const done = spawn(shell, script)
    const report = await reader.stop()
    expect(done).toMatchObject({ status: 0, stderr: '' })
    expect(report).toMatchObject({ missing: 0, otherErrors: 0 })
    // Two inodes in turn: the reader cannot have seen more switches than there were, and must have seen most of them.
    expect(report.switches).toBeGreaterThan(125)
    expect(h.journal()).toHaveLength(252)
  })
})

it('ATM-01: the reader fails if the link is removed before it is created again', async () => {
  const h = createShellHost('busybox')
  for (const id of ['a', 'b']) {
    mkdirSync(join(h.releasesPath, id), { recursive: true })
    writeFileSync(join(h.releasesPath, id, 'version'), id)
  }
  spawnSync('busybox', ['ln', '-nfs', 'releases/a', h.currentPath])
  const reader = await startReader(join(h.currentPath, 'version'), 0)
  const script = `cd ${quoted(h.path)}; i=0; while [ "$i" -lt 400 ]; do i=$((i + 1)); ln -nfs releases/a current; ln -nfs releases/b current; done`
  expect(spawn('busybox', script).status).toBe(0)
  const report = await reader.stop()
  expect(report.missing).toBeGreaterThan(0)
  h.remove()
})
