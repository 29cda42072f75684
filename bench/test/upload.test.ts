import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, workspaceRoot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UploadFigure } from '../src/upload/upload.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab-figures-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('compares an upload with rsync, and counts the round trips of both', async () => {
  const json = join(directory, 'figures.json')
  const argv = ['upload', '--rounds', '1', '--delays', '50', '--only', 'dragonfab', '--scale', '0.05', '--json', json]
  const ran = await runCommand([process.execPath, join(workspaceRoot, 'bench/run.mjs'), ...argv], { timeoutMs: 200_000 })
  expect(ran.status, ran.stdout + ran.stderr).toBe(0)
  const { results } = JSON.parse(await readFile(json, 'utf8')) as { results: { upload: readonly UploadFigure[] } }
  const [cold, warm] = ['first', 'changed'].map((word) =>
    results.upload.filter(({ job }) => job.includes(word)).map((each) => each.contender),
  )
  expect(cold).toEqual(['rsync', 'dragonfab', 'rsync, connected', 'dragonfab, connected'])
  const each = ['rsync', 'dragonfab', 'dragonfab, links', 'rsync, connected', 'dragonfab, connected', 'dragonfab, connected, links']
  expect(warm).toEqual([...each, ...each])
  for (const { contender, reference } of results.upload)
    expect(reference).toBe(contender.includes('connected') ? 'rsync, connected' : 'rsync')
  for (const { contender, roundTrips } of results.upload.filter(
    (figure) => figure.job.includes('one changed') && figure.reference === 'rsync',
  )) {
    expect(roundTrips, contender).toBeGreaterThan(6)
    // Handshake, session and lock, and for the upload a channel, the list, the stream and its end.
    if (contender.startsWith('dragonfab')) expect(roundTrips).toBeLessThanOrEqual(14)
  }
})
