import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from '@dragonfab/core'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askReleases, readReleases } from '../src/facts/host-releases.ts'
import { chooseRollbackTarget } from '../src/facts/rollback-target.ts'
import { cleanUpReleases } from '../src/steps/cleanup.ts'
import { discardRelease, preparing, publishRelease, release, undoPublish } from './flow.ts'
import { createShellHost, type ShellHost, shells } from './shells.ts'

const tools = ['mv', 'ln', 'rm', 'mkdir', 'readlink', 'tail', 'cat', 'date', 'sync', 'df', 'ls']

/**
 * Counts the commands of a step. Command number `turn` kills the whole process group, before or after it has run. So a kill happens at every
 * place where it could make a difference, and not only at random ones.
 */
const killer = (counter: string, turn: number, when: 'before' | 'after') => {
  const fire = `[ "$(command wc -l <'${counter}')" != ${turn} ] || kill -KILL 0`
  const [first, last] = when === 'before' ? [`${fire}; `, ''] : ['', `${fire}; `]
  return tools
    .map((tool) => `${tool}() { command echo x >>'${counter}'; ${first}command ${tool} "$@" && r=0 || r=$?; ${last}return $r; }`)
    .join('\n')
}

describe.each(shells)('INT-01: killed at every command, in %s', (shell) => {
  let template: ShellHost
  let h: ShellHost
  const scratch = mkdtempSync(join(tmpdir(), 'killed-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  beforeEach(() => {
    template = createShellHost(shell)
    h = createShellHost(shell)
  })
  afterEach(() => {
    template.remove()
    h.remove()
  })

  /** Runs the steps once for every command in them, each time on a fresh copy, killed there; `then` checks the result. */
  function eachKill(steps: (h: ShellHost) => readonly (Step | undefined)[], then: () => void): number {
    let fired = 0
    // The text is the same for all shells, so only one of them is killed before commands too.
    for (const when of shell === 'dash' ? (['before', 'after'] as const) : (['after'] as const)) {
      for (let turn = 1; ; turn++) {
        rmSync(h.path, { recursive: true, force: true })
        cpSync(template.path, h.path, { recursive: true, verbatimSymlinks: true })
        const counter = join(scratch, 'count')
        rmSync(counter, { force: true })
        const done = h.run(steps(h), { run: 'killed', before: killer(counter, turn, when) })
        if (done.status === 0) break
        expect(done.status).toBeNull()
        fired++
        then()
      }
    }
    return fired
  }

  const known = () => readReleases(h.run(askReleases(h), { run: 'asks' }).stdout)

  /** What must be true at once, whatever was killed. */
  function whole(): string {
    const current = h.current()?.replace('releases/', '') ?? 'none'
    expect(h.read(`releases/${current}/version`)).toBe(`${current}\n`)
    expect(existsSync(join(h.state, 'complete', current))).toBe(true)
    expect(existsSync(join(h.state, 'bad', current))).toBe(false)
    return current
  }

  /** The next release works, and removes all leftovers. */
  function heals(live: string): void {
    expect(release(h, 'next')).toMatchObject({ status: 0, stderr: '' })
    expect(h.current()).toBe('releases/next')
    expect(chooseRollbackTarget({ h: known() })).toBe(live)
    const releases = readdirSync(h.releasesPath).sort()
    expect(readdirSync(join(h.state, 'complete')).sort()).toEqual(releases)
    expect(readdirSync(join(h.state, 'begun'))).toEqual([])
    expect(readdirSync(h.state).filter((name) => /switching|trash|new$/.test(name))).toEqual([])
    expect(readdirSync(h.path).sort()).toEqual(['.dragonfab', 'current', 'releases', 'shared'])
    for (const line of readFileSync(join(h.state, 'journal'), 'utf8').trim().split('\n'))
      expect(line).toMatch(/^\d+ (switch|adopt|rollback|undo) \S+ \S+$/)
  }

  it('a release, from its folders to the end of its cleanup', () => {
    release(template, 'a')
    release(template, 'b')
    const fired = eachKill(
      (on) =>
        [...preparing(on, 'c'), publishRelease(on, { verb: 'switch', release: 'c' }), cleanUpReleases(on, 'c', 1)].filter(
          (each) => !!each,
        ) as Step[],
      () => {
        const live = whole()
        expect(['b', 'c']).toContain(live)
        heals(live)
      },
    )
    expect(fired).toBeGreaterThan(shell === 'dash' ? 40 : 20)
  })

  it('a switch that the same run undoes, at once or in a second attempt', () => {
    release(template, 'a')
    release(template, 'b')
    template.run(preparing(template, 'c'), { run: 'killed' })
    const fired = eachKill(
      (on) => [publishRelease(on, { verb: 'switch', release: 'c' })],
      () => {
        expect(h.run([undoPublish(h, { verb: 'switch', release: 'c' }), discardRelease(h, 'c')], { run: 'killed' })).toMatchObject({
          status: 0,
          stderr: '',
        })
        expect(whole()).toBe('b')
        expect(chooseRollbackTarget({ h: known() })).toBe('a')
        heals('b')
      },
    )
    expect(fired).toBeGreaterThan(shell === 'dash' ? 15 : 8)
  })

  it('the undo of a switch', () => {
    release(template, 'a')
    release(template, 'b')
    template.run([...preparing(template, 'c'), publishRelease(template, { verb: 'switch', release: 'c' })], { run: 'killed' })
    const fired = eachKill(
      (on) => [undoPublish(on, { verb: 'switch', release: 'c' })],
      () => {
        const live = whole()
        // Whichever release is live: c is not a target of a rollback after the undo.
        expect(chooseRollbackTarget({ h: known() })).toBe(live === 'c' ? 'b' : 'a')
        heals(live)
      },
    )
    expect(fired).toBeGreaterThan(shell === 'dash' ? 10 : 5)
  })

  if (shell !== 'dash') return

  it('a rollback', () => {
    release(template, 'a')
    release(template, 'b')
    const fired = eachKill(
      (on) => [publishRelease(on, { verb: 'rollback', release: 'a' })],
      () => {
        const live = whole()
        if (live === 'a') expect(known().bad).toEqual(['b'])
        heals(live)
      },
    )
    expect(fired).toBeGreaterThan(15)
  })

  it('the first release ever', () => {
    template.run([])
    const fired = eachKill(
      (on) => [...preparing(on, 'c'), publishRelease(on, { verb: 'switch', release: 'c' })].filter((each) => !!each) as Step[],
      () => {
        if (h.current() !== undefined) whole()
        expect(h.run([undoPublish(h, { verb: 'switch', release: 'c' }), discardRelease(h, 'c')], { run: 'killed' }).status).toBe(0)
        expect(h.current()).toBeUndefined()
        expect(release(h, 'next')).toMatchObject({ status: 0, stderr: '' })
        expect(h.current()).toBe('releases/next')
      },
    )
    expect(fired).toBeGreaterThan(20)
  })
})
