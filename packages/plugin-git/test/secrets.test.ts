import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hide } from '@dragonfab/core'
import { createGitFixture, type GitFixture, mustRun, startSampler } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Deployment, deployment } from './deployment.ts'
import { httpServer } from './http-server.ts'

const password = `s3cret"w'or d$%`
let repository: GitFixture
let server: Awaited<ReturnType<typeof httpServer>>
let other: Awaited<ReturnType<typeof httpServer>>
const made: Deployment[] = []
const project = async (...args: Parameters<typeof deployment>) => {
  const one = await deployment(...args)
  made.push(one)
  return one
}
/** In every form in which it could slip out. */
const forms = [
  password,
  encodeURIComponent(password),
  Buffer.from(password).toString('base64'),
  Buffer.from(`bot:${password}`).toString('base64'),
]

beforeAll(async () => {
  repository = await createGitFixture({ files: 200 })
  server = await httpServer(join(repository.path, '..'), 'bot', password)
  other = await httpServer(join(repository.path, '..'), 'nobody', 'else')
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(async () => {
  await Promise.all([server?.stop(), other?.stop(), repository?.remove()])
})

const nowhere = (of: Deployment, told: string) => {
  for (const form of forms) {
    expect(told).not.toContain(form)
    for (const file of readdirSync(of.path('local'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name)).includes(form), file.name).toBe(false)
    }
  }
}

describe.each(['mirror', 'upload'] as const)('strategy %s', (strategy) => {
  test.each([
    ['in the option', () => ({ repo: `http://bot@127.0.0.1:${server.port}/repo.git`, password: hide(password, 'git.password') })],
    [
      'in the address',
      () => ({ repo: `http://bot:${encodeURIComponent(password)}@127.0.0.1:${server.port}/repo.git`.replaceAll('%', '%%') }),
    ],
  ])('a password %s reaches the server, and nobody else', async (_name, options) => {
    const of = await project({ ...options(), branch: 'main', strategy })
    const sampler = await startSampler([...forms, 'ls-remote', 'fetch'])
    const { status, problems, told } = await of.go('release')
    const seen = (await sampler.stop()).seen.map((line) => ({ line, needle: Number(/needle=(\d+)/.exec(line)?.[1]) }))
    expect([status, problems]).toEqual([0, []])
    nowhere(of, told)
    expect(seen.some(({ needle }) => needle >= forms.length)).toBe(true)
    expect(seen.filter(({ needle }) => needle < forms.length)).toEqual([])
  })
})

test('a wrong password is told without it, and nobody is asked', async () => {
  const of = await project({
    repo: `http://bot@127.0.0.1:${server.port}/repo.git`,
    password: hide('wr0ng-one', 'git.password'),
    branch: 'main',
  })
  const { status, problems, told } = await of.go('release')
  expect(status).toBe(1)
  expect(problems[0]?.code).toBe('GIT_DENIED')
  expect(told + JSON.stringify(problems)).not.toContain('wr0ng-one')
})

test('no password, and a terminal that could be asked: still an error', async () => {
  const of = await project({ repo: `http://127.0.0.1:${server.port}/repo.git`, branch: 'main' })
  process.env.GIT_ASKPASS = '/bin/echo'
  try {
    const { status, problems } = await of.go('release')
    expect(status).toBe(1)
    expect(problems[0]).toMatchObject({ code: 'GIT_DENIED', cause: expect.stringContaining('terminal prompts disabled') })
  } finally {
    delete process.env.GIT_ASKPASS
  }
})

test('another server, which a submodule names, never gets it', async () => {
  const outer = await createGitFixture({
    content: { '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = http://bot@127.0.0.1:${other.port}/repo.git\n` },
  })
  await outer.git('update-index', '--add', '--cacheinfo', `160000,${repository.first},x`)
  await outer.git('commit', '--quiet', '-m', 'Add x')
  await outer.git('push', '--quiet', '--mirror', outer.path)
  await mustRun(['ln', '-s', outer.path, join(repository.path, '../outer.git')])
  const of = await project({
    repo: `http://bot@127.0.0.1:${server.port}/outer.git`,
    password: hide(password),
    branch: 'main',
    submodules: true,
  })
  const { status, problems } = await of.go('release')
  expect(status).toBe(1)
  expect(problems[0]?.code).toBe('GIT_DENIED')
  expect(other.seen.length).toBeGreaterThan(0)
  // git tries the user of the address with nothing.
  const sent = other.seen.map((header) => Buffer.from(header.replace('Basic ', ''), 'base64').toString())
  expect(sent.filter((each) => each !== '' && each !== 'bot:')).toEqual([])
  await outer.remove()
})
