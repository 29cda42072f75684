import { execFileSync } from 'node:child_process'
import { chown, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createGitFixture,
  createTestUser,
  type GitFixture,
  type Key,
  makeKey,
  type SshHosts,
  startSshHosts,
  type TestUser,
} from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Deployment, deployment } from './deployment.ts'

/** A git server behind sshd, and hosts that deploy from it: what is real between a team's servers. */
let repository: GitFixture
let server: SshHosts
let hosts: SshHosts
let deploy: TestUser
let keys: string
let good: Key
let stranger: Key
let url: string
const made: Deployment[] = []

beforeAll(async () => {
  const git = await createTestUser('other')
  deploy = await createTestUser('plain')
  repository = await createGitFixture({ files: 30, owner: git })
  server = await startSshHosts(1, { user: git, prefix: 'git' })
  hosts = await startSshHosts(2, { user: deploy })
  const [at] = server.hosts
  url = `ssh://${git.name}@${at?.address}:${at?.port}${repository.path}`
  keys = await mkdtemp(join(tmpdir(), 'dragonfab-keys-'))
  execFileSync('chmod', ['755', keys])
  good = server.clientKey
  stranger = await makeKey(keys, 'stranger-key')
  for (const [name, file] of [
    ['good', good.file],
    ['stranger', stranger.file],
  ] as const) {
    await mkdir(join(keys, name), { recursive: true })
    await copyFile(file, join(keys, name, 'key'))
    await chown(join(keys, name, 'key'), deploy.uid, deploy.gid)
  }
  await writeFile(join(keys, 'known'), await readFile(server.knownHosts))
  await writeFile(join(keys, 'unknown'), '')
  await writeFile(join(keys, 'changed'), `${(await readFile(server.knownHosts, 'utf8')).replace(/ssh-ed25519 .*/, stranger.line)}`)
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(async () => {
  await Promise.all([server?.stop(), hosts?.stop(), repository?.remove(), rm(keys, { recursive: true, force: true })])
})

/** The ssh of the deploying user on the hosts. This machine has no way to the repository. */
const ssh = (key: string, known: string) =>
  `ssh -F /dev/null -i ${keys}/${key}/key -o IdentitiesOnly=yes -o UserKnownHostsFile=${keys}/${known} -o GlobalKnownHostsFile=/dev/null`
async function project(command: string, more: object = {}) {
  const one = await deployment(
    { repo: url, branch: 'main', ...more },
    { hosts, config: { shellEnv: { GIT_SSH_COMMAND: command } } as object },
  )
  made.push(one)
  return one
}
const ours = process.env.GIT_SSH_COMMAND
const here = (command: string | undefined) => {
  if (command === undefined) delete process.env.GIT_SSH_COMMAND
  else process.env.GIT_SSH_COMMAND = command
}
afterAll(() => here(ours))

describe('only the hosts can reach the repository', () => {
  beforeAll(() => here(ssh('stranger', 'unknown')))

  test('the commit is found on the first of them, and shipped to all', async () => {
    const of = await project(ssh('good', 'known'))
    const { status, problems } = await of.go('release')
    expect(problems).toEqual([])
    expect(status).toBe(0)
    for (const { name } of hosts.hosts)
      expect(await readFile(join(of.path(name), 'current/REVISION'), 'utf8')).toBe(`${repository.first}\n`)
  })

  test('a server that passes on no GIT_PROTOCOL gives out a commit that its branch has left behind', async () => {
    const of = await project(ssh('good', 'known'), { branch: repository.first })
    await repository.commit({ later: 'later\n' })
    await repository.commit({ still: 'later\n' })
    const { status, problems } = await of.go('release')
    expect([status, problems]).toEqual([0, []])
  })

  test('nobody can: every place tells why, and nothing is asked', async () => {
    const of = await project(ssh('stranger', 'known'))
    const { status, problems, output } = await of.go('release')
    expect(status).toBe(1)
    expect(problems.map(({ code, host }) => [code, host])).toEqual([
      ['GIT_HOST_KEY_UNKNOWN', undefined],
      ['GIT_DENIED', 'web1'],
      ['GIT_DENIED', 'web2'],
    ])
    expect(problems[0]?.message).toContain('from this machine')
    expect(problems[1]?.cause).toContain('Permission denied')
    expect(output).toEqual({})
  })
})

describe('a host that cannot, while this machine can', () => {
  beforeAll(() => here(ssh('good', 'known')))

  test.each([
    ['an unknown host key', 'good', 'unknown', 'GIT_HOST_KEY_UNKNOWN'],
    ['a changed host key', 'good', 'changed', 'GIT_HOST_KEY_CHANGED'],
    ['a refused key', 'stranger', 'known', 'GIT_DENIED'],
  ])('%s is named, with what to do, and nothing is live', async (_name, key, known, code) => {
    const of = await project(ssh(key, known))
    const { status, problems } = await of.go('release')
    expect(status).toBe(1)
    expect(problems.map((problem) => [problem.code, problem.host]).sort()).toEqual([
      [code, 'web1'],
      [code, 'web2'],
    ])
    expect(problems[0]?.remedy).toBeTruthy()
    // `check` finds the same.
    const check = await of.go('check')
    expect(check.problems.map((problem) => problem.code)).toContain(code)
  })

  test('upload needs neither: no key, no server known there', async () => {
    const of = await project(ssh('stranger', 'unknown'), { strategy: 'upload' })
    const { status, problems } = await of.go('release')
    expect([status, problems]).toEqual([0, []])
    const check = await of.go('check')
    expect(check.problems).toEqual([])
  })
})

test('a git server that is not there', async () => {
  here(ssh('good', 'known'))
  const of = await deployment({ repo: 'ssh://git@127.0.0.1:1/shop.git', branch: 'main' }, { hosts })
  made.push(of)
  const { status, problems } = await of.go('release')
  expect(status).toBe(1)
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['GIT_UNREACHABLE']))
})
