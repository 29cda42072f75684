import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { differences, type GitFixture, gitFixture, gitTree, must } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { prepareMirror, type Source, updateRelease } from '../src/shell/git-update.ts'
import { type Place, place, shells } from './on-host.ts'

let repository: GitFixture
let places: Place[] = []
const host = async (...args: Parameters<typeof place>) => {
  const made = await place(...args)
  places.push(made)
  return made
}
const source = (more: Partial<Source> = {}): Source => ({
  url: repository.url,
  branch: 'main',
  commit: repository.first,
  depth: 1,
  folder: '',
  submodules: false,
  timeout: 60,
  ...more,
})
const mirror = (at: Place) => ({ path: at.repo, head: join(at.repo, 'HEAD') })
const deploy = async (at: Place, from: Source, release = at.release) => {
  const started = await at.run(prepareMirror(from, mirror(at)))
  if (started.status !== 0) return started
  return at.run(updateRelease(from, mirror(at), release))
}
const same = async (at: string, commit: string, of = repository) => expect(differences(await of.tree(commit), gitTree(at))).toEqual([])

beforeAll(async () => {
  repository = await gitFixture({ files: 300, nasty: true })
})
afterAll(() => repository.remove())
afterEach(async () => {
  await Promise.all(places.map((each) => each.remove()))
  places = []
})

describe.each(shells)('in %s', (shell) => {
  test('ships a commit of a shallow mirror, then the next one', async () => {
    const at = await host(shell)
    const one = await deploy(at, source())
    if (shell === 'busybox') {
      expect(one.stderr).toContain('nnnnnnnn')
      expect(one.status).toBe(77)
      return
    }
    expect(one).toMatchObject({ status: 0, stderr: '' })
    await same(at.release, repository.first)
  })
})
