import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, workspaceRoot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PostgresFigure } from '../src/postgres/postgres.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab-figures-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('compares a dump and a push with pg_dump and pg_restore by hand', async () => {
  const json = join(directory, 'figures.json')
  const argv = ['postgres', '--rounds', '1', '--megabytes', '5', '--json', json]
  const ran = await runCommand([process.execPath, join(workspaceRoot, 'bench/run.mjs'), ...argv], { timeoutMs: 250_000 })
  expect(ran.status, ran.stdout + ran.stderr).toBe(0)
  const { results } = JSON.parse(await readFile(json, 'utf8')) as { results: { postgres: readonly PostgresFigure[] } }
  expect(results.postgres.map(({ what }) => what)).toEqual(['dump', 'push'])
  for (const { ratio, memory } of results.postgres) {
    expect(ratio.median).toBeGreaterThan(0)
    expect(memory).toBeGreaterThan(20)
  }
})
