import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createGitFixture, createTestUser, listDifferences, listGitTree, mustRun, runCommand } from '../src/index.ts'

const clean: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const action of clean.splice(0).reverse()) await action()
})

async function fixture(options: Parameters<typeof createGitFixture>[0]) {
  const made = await createGitFixture(options)
  clean.push(made.remove)
  return made
}

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'dragonfab-clone-'))
  clean.push(() => rm(made, { recursive: true }))
  return made
}

describe('a git fixture', () => {
  it('makes thousands of files and names that tools get wrong, and says what a checkout of them is', async () => {
    const repo = await fixture({ files: 3000, nasty: true })
    const clone = join(await directory(), 'clone')
    await mustRun(['git', 'clone', '--quiet', repo.url, clone])
    const wanted = await repo.tree()
    expect(wanted.size).toBeGreaterThan(3030)
    expect(listDifferences(wanted, listGitTree(clone))).toEqual([])
    expect([...wanted.keys()].filter((path) => /[\x80-\xff\n\x1b]/.test(path)).length).toBeGreaterThan(6)
  })

  it('has commits, branches, tags of both kinds and submodules', async () => {
    const library = await fixture({ content: { 'lib.txt': 'lib\n' } })
    const repo = await fixture({ content: { run: { content: '#!/bin/sh\n', mode: 0o755 }, here: { link: 'run' } } })
    await repo.tag('light')
    const second = await repo.commit({ 'a/b.txt': 'b\n', here: undefined })
    await repo.tag('v2', 'the second')
    await repo.branch('next')
    const third = await repo.submodule(library, 'vendor/lib')
    await repo.branch('main')
    expect([await repo.sha('light'), await repo.sha('v2'), await repo.sha('next'), await repo.sha('main')]).toEqual([
      repo.first,
      second,
      third,
      second,
    ])
    expect([...(await repo.tree('light')).keys()]).toEqual(['README.md', 'here', 'run'])
    expect([...(await repo.tree('v2')).keys()]).toEqual(['README.md', 'a/b.txt', 'run'])
    const clone = join(await directory(), 'clone')
    await mustRun(['git', '-c', 'protocol.file.allow=always', 'clone', '--quiet', '-b', 'next', '--recurse-submodules', repo.url, clone])
    expect(listGitTree(clone).has('vendor/lib/lib.txt')).toBe(true)
  })

  it('belongs to its owner alone, or is served to all', async () => {
    const [owner, other] = await Promise.all([createTestUser('plain'), createTestUser('other')])
    const repo = await fixture({ owner, content: { 'deep/er/file': 'x\n' } })
    await repo.commit({ 'deep/er/file': 'y\n' })
    const target = await directory()
    const list = (user: typeof owner, url: string) =>
      runCommand(['git', 'ls-remote', url, 'HEAD'], { as: user, cwd: '/', env: { PATH: process.env.PATH, HOME: target } })
    const head = await repo.sha('HEAD')
    expect((await list(owner, repo.url)).stdout).toBe(`${head}\tHEAD\n`)
    expect((await list(other, repo.url)).stderr).toContain('dubious ownership')
    const served = await repo.serve()
    expect((await list(other, served)).stdout).toBe(`${head}\tHEAD\n`)
    expect(await repo.serve()).toBe(served)
  })
})
