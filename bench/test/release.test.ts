import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, workspaceRoot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ReleaseFigure } from '../src/release/release.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab-figures-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const bench = (...args: readonly string[]) =>
  runCommand([process.execPath, join(workspaceRoot, 'bench/run.mjs'), ...args], { timeoutMs: 110_000 })

it('compares a release with a script that has the same result, and counts the round trips of both', async () => {
  const json = join(directory, 'figures.json')
  const ran = await bench('release', '--rounds', '1', '--hosts', '1', '--delays', '60', '--only', 'dragonfab-mjs', '--json', json)
  expect(ran.status, ran.stdout + ran.stderr).toBe(0)
  const { results } = JSON.parse(await readFile(json, 'utf8')) as { results: { release: readonly ReleaseFigure[] } }
  const [script, release] = results.release
  expect([script?.contender, release?.contender]).toEqual(['ssh', 'dragonfab-mjs'])
  expect(script?.ratio.median).toBe(1)
  // A handshake and a command over a wire of 60 ms cannot take less; how long it took is nobody's failure on a busy machine.
  for (const figure of [script, release]) {
    expect(figure?.ms.median).toBeGreaterThan(6 * 60)
    expect(figure?.roundTrips).toBeGreaterThan(6)
    expect(figure?.roundTrips).toBeLessThanOrEqual(12)
  }
})

it('lists the benchmarks if one is unknown', async () => {
  const ran = await bench('releases')
  expect(ran.status).toBe(2)
  expect(ran.stderr).toContain('release, start, upload')
})
