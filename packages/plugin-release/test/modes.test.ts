import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hide, sh, step } from '@dragonfab/core'
import { afterEach, describe, expect, it } from 'vitest'
import { writeEnvironment } from '../src/steps/environment.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

/**
 * Records the file's mode before each command that works on it. The first is the `printf` that writes the first line: the shell has just created
 * the file, so this is its initial mode.
 */
const watch = ['printf', 'chgrp', 'chmod', 'mv', 'rm']
  .map((tool) => `${tool}() { [ ! -e "\${new-}" ] || command ls -n "$new" >>"$DF_RUN/modes"; command ${tool} "$@"; }`)
  .join('\n')

const modes = (h: ShellHost): readonly string[] =>
  readFileSync(join(h.state, 'run/r1/modes'), 'utf8')
    .split('\n')
    .flatMap((line) => /^([-rwx]{10}) +\d+ +\d+ +(\d+)/.exec(line)?.slice(1, 3).join(' ') ?? [])

describe.each(shells)('SEC-05: the mode of .env on a host with umask 000, in %s', (shell) => {
  let h: ShellHost
  afterEach(() => h.remove())

  const writeWatched = (group?: string) => {
    h = createShellHost(shell)
    mkdirSync(join(h.releasesPath, 'r'), { recursive: true })
    const [write] = writeEnvironment(h, 'r', { A: 'x', B: hide('secret') }, { file: '.env', format: 'plain', group })
    return { write, run: () => h.run(write, { before: `umask 000\n${watch}` }) }
  }

  it('is 0600 from the beginning', () => {
    const done = writeWatched().run()
    expect(done.status).toBe(0)
    const seen = modes(h)
    expect(seen.length).toBeGreaterThanOrEqual(3)
    expect(new Set(seen)).toEqual(new Set(['-rw------- 0']))
    expect(h.read('releases/r/.env')).toBe('A=x\nB=secret\n')
  })

  it('is never wider than 0640, and that only for its group', () => {
    const done = writeWatched('33').run()
    expect(done.status).toBe(0)
    expect([...new Set(modes(h))]).toEqual(['-rw------- 0', '-rw------- 33', '-rw-r----- 33'])
  })

  it('the check fails if nothing restricts the mode', () => {
    const { write } = writeWatched()
    if (write?.kind !== 'shell') throw new Error('no step')
    const parts = write.text.parts.map((part) => (typeof part === 'string' ? part.replace('umask 077', ':') : part))
    const done = h.run(step(Object.assign(sh``, { parts })), { before: `umask 000\n${watch}` })
    expect(done.status).toBe(0)
    expect(modes(h)).toContain('-rw-rw-rw- 0')
  })
})
