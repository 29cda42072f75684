import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { differences, type GitFixture, gitFixture, gitTree, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Deployment, deployment } from './deployment.ts'

let repository: GitFixture
let served: string
let hosts: SshHosts
const made: Deployment[] = []
const project = async (...args: Parameters<typeof deployment>) => {
  const one = await deployment(...args)
  made.push(one)
  return one
}

beforeAll(async () => {
  repository = await gitFixture({ files: 2000, nasty: true })
  served = await repository.serve()
  hosts = await startSshHosts(3)
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(async () => {
  await hosts?.stop()
  await repository?.remove()
})

const live = (of: Deployment, host: string) => realpathSync(join(of.path(host), 'current'))
async function everywhere(of: Deployment, commit: string) {
  const expected = new Map([...(await repository.tree(commit))])
  for (const { name } of hosts.hosts) {
    const at = live(of, name)
    expect(readFileSync(join(at, 'REVISION'), 'utf8')).toBe(`${commit}\n`)
    const found = new Map([...gitTree(at)].filter(([path]) => path !== 'REVISION'))
    expect(differences(expected, found)).toEqual([])
  }
}

describe.each(['mirror', 'upload'] as const)('strategy %s, three hosts', (strategy) => {
  test('releases thousands of files, the next commit, and goes back', async () => {
    const of = await project({ repo: served, branch: 'main', strategy }, { hosts })
    const first = await of.go('release')
    expect(first.problems).toEqual([])
    expect(first.status).toBe(0)
    await everywhere(of, repository.first)

    const next = await repository.commit({ 'src/new': 'new\n' })
    expect((await of.go('release')).status).toBe(0)
    await everywhere(of, next)

    const back = await of.go('rollback')
    expect(back.problems).toEqual([])
    await everywhere(of, repository.first)
    for (const { name } of hosts.hosts) {
      expect(back.output[name]).toMatch(new RegExp(`from \\S+ \\(${next.slice(0, 10)}\\) to \\S+ \\(${repository.first.slice(0, 10)}\\)`))
    }
    await repository.git('reset', '--quiet', '--hard', repository.first)
    await repository.git('push', '--quiet', '--force', repository.path, 'HEAD:main')
  })
})
