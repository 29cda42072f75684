import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import {
  createGitFixture,
  createTestUser,
  forgetSudo,
  type GitFixture,
  listDifferences,
  listGitTree,
  mustRun,
  type SshHosts,
  startSshHosts,
  waitForNextSecond,
} from '@dragonfab/test-kit'
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
  repository = await createGitFixture({ files: 2000, nasty: true })
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
    const found = new Map([...listGitTree(at)].filter(([path]) => path !== 'REVISION'))
    expect(listDifferences(expected, found)).toEqual([])
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

describe('what it costs', () => {
  test('a warm release by mirror: one connection, one session; by upload: one session more for the archive', async () => {
    for (const [strategy, sessions] of [
      ['mirror', 1],
      ['upload', 2],
    ] as const) {
      const of = await project({ repo: served, branch: 'main', strategy }, { hosts })
      expect((await of.go('release')).status).toBe(0)
      for (const host of hosts.hosts) host.reset()
      await repository.commit({ [`warm/${strategy}`]: 'warm\n' })
      await waitForNextSecond()
      expect((await of.go('release')).status).toBe(0)
      for (const host of hosts.hosts) expect([strategy, await host.connections(), await host.sessions()]).toEqual([strategy, 1, sessions])
    }
  })
})

describe.each(['sudo-nopass', 'sudo-password'] as const)('steps of another user, %s', (kind) => {
  test.each(['mirror', 'upload'] as const)('by %s: the release belongs to that user', async (strategy) => {
    const login = await createTestUser(kind)
    const other = await createTestUser('other')
    await forgetSudo(login)
    const cluster = await startSshHosts(1, { user: login })
    const of = await project(
      { repo: served, branch: 'main', strategy },
      { hosts: cluster, sudo: { user: other.name, password: login.password } },
    )
    const [host] = cluster.hosts
    const path = of.path(host?.name ?? '')
    await mustRun(['install', '-d', '-o', other.name, path])
    const { status, problems } = await of.go('release')
    expect([status, problems]).toEqual([0, []])
    const at = live(of, host?.name ?? '')
    expect(readFileSync(join(at, 'REVISION'), 'utf8')).toBe(`${await repository.sha('main')}\n`)
    expect((await mustRun(['find', at, '!', '-user', other.name])).trim()).toBe('')
    await cluster.stop()
  })
})

test('a saved plan ships its commit, though the branch has moved on', async () => {
  for (const strategy of ['mirror', 'upload'] as const) {
    const of = await project({ repo: served, branch: 'main', strategy }, { hosts })
    const saved = await of.save('release')
    const commit = await repository.sha('main')
    await repository.commit({ [`moved/${strategy}`]: 'moved\n' })
    expect(await of.apply(saved)).toMatchObject({ status: 0, problems: [] })
    for (const { name } of hosts.hosts) expect(readFileSync(join(live(of, name), 'REVISION'), 'utf8')).toBe(`${commit}\n`)
  }
})
