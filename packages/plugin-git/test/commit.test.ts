import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definePlugin, sh } from '@dragonfab/core'
import { createGitFixture, type GitFixture, mustRun } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { git } from '../src/index.ts'
import { type Deployment, deployment } from './deployment.ts'

let repository: GitFixture
let second: string
const made: Deployment[] = []
const project = async (...args: Parameters<typeof deployment>) => {
  const one = await deployment(...args)
  made.push(one)
  return one
}
const revision = (of: Deployment, host = 'local') => readFileSync(join(of.path(host), 'current/REVISION'), 'utf8').trim()

beforeAll(async () => {
  repository = await createGitFixture({ files: 10 })
  await repository.tag('v1', 'annotated')
  await repository.tag('light')
  second = await repository.commit({ second: 'second\n' })
  await repository.branch('feature/a;b $(x)'.replaceAll(' ', '_'))
  await repository.commit({ feature: 'feature\n' })
  await repository.branch('main')
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(() => repository?.remove())

describe('which commit', () => {
  test.each([
    ['a branch', 'main', () => second],
    ['a branch with characters of a shell', 'feature/a;b_$(x)', () => repository.sha('feature/a;b_$(x)')],
    ['an annotated tag', 'v1', () => repository.first],
    ['a light tag', 'light', () => repository.first],
    ['a full name', 'refs/tags/v1', () => repository.first],
    ['the default branch', 'HEAD', () => second],
    ['a commit', () => repository.first, () => repository.first],
    ['a commit in capitals', () => repository.first.toUpperCase(), () => repository.first],
    ['the beginning of a tip', () => second.slice(0, 9), () => second],
  ])('%s', async (_name, branch, commit) => {
    const of = await project({ repo: repository.url, branch: typeof branch === 'string' ? branch : branch() })
    const { status, problems } = await of.go('release')
    expect([status, problems]).toEqual([0, []])
    expect(revision(of)).toBe(await commit())
  })

  test('without a wish: master, else the default branch, and that is told', async () => {
    const of = await project({ repo: repository.url })
    const { status, output } = await of.go('release')
    expect(status).toBe(0)
    expect(output.local).toContain(
      "git.branch is not set, and there is no branch master, so the repository's default branch is shipped: main",
    )
    const master = await createGitFixture({ branch: 'master' })
    const other = await project({ repo: master.url })
    const told = await other.go('release')
    expect(told.output.local).not.toContain('no branch master')
    expect(revision(other)).toBe(master.first)
    await master.remove()
  })

  test('the beginning of a commit that is no tip: known from the repository at the config', async () => {
    const beside = await mkdtemp(join(tmpdir(), 'dragonfab-clone-'))
    await mustRun(['git', 'clone', '--quiet', repository.url, beside])
    const third = await repository.commit({ third: 'third\n' })
    const of = await project({ repo: repository.url, branch: second.slice(0, 8) }, { directory: beside })
    expect((await of.go('release')).problems).toEqual([])
    expect([revision(of), third === second]).toEqual([second, false])
    // Elsewhere nobody knows it.
    const lost = await project({ repo: repository.url, branch: second.slice(0, 8) })
    const { status, problems } = await lost.go('release')
    expect(status).toBe(1)
    expect(problems[0]).toMatchObject({ code: 'GIT_BRANCH_NOT_FOUND', remedy: expect.stringContaining('40 digits') })
    second = third
  })

  test('one that is not there is told once, with what was meant', async () => {
    const of = await project({ repo: repository.url, branch: 'mian' })
    const { status, problems } = await of.go('release')
    expect(status).toBe(1)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ code: 'GIT_BRANCH_NOT_FOUND', remedy: expect.stringContaining('did you mean "main"?') })
    expect(existsSync(join(of.path('local'), 'releases'))).toBe(false)
  })

  test('a repository without branches', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'dragonfab-empty-'))
    await mustRun(['git', 'init', '--quiet', '--bare', empty])
    const of = await project({ repo: empty })
    expect((await of.go('release')).problems).toMatchObject([{ code: 'GIT_EMPTY' }])
    await rm(empty, { recursive: true })
  })

  test('a repository that does not exist', async () => {
    const of = await project({ repo: '/nowhere/shop.git', branch: 'main' })
    const { status, problems } = await of.go('release')
    expect(status).toBe(1)
    expect(problems[0]).toMatchObject({ code: 'GIT_REPO_NOT_FOUND', message: expect.stringContaining('from this machine') })
  })
})

describe('resolved once', () => {
  test('a branch that moves between the fact and the fetch: the commit of the fact is shipped', async () => {
    const mover = definePlugin({
      name: 'mover',
      needs: [git()],
      hooks: {
        'deploy.started': ({ local }) =>
          local`git -C ${repository.work} -c user.name=a -c user.email=a@b commit --quiet --allow-empty -m moved && git -C ${repository.work} push --quiet --mirror ${repository.path}`,
      },
    })
    const before = await repository.sha('HEAD')
    for (const strategy of ['mirror', 'upload'] as const) {
      const resolved = await repository.sha('HEAD')
      const of = await project({ repo: repository.url, branch: 'main', strategy }, { plugins: [mover()] })
      const { status, problems } = await of.go('release')
      expect([status, problems]).toEqual([0, []])
      expect(revision(of)).toBe(resolved)
      expect(await repository.sha('HEAD')).not.toBe(resolved)
    }
    expect(await repository.sha('HEAD')).not.toBe(before)
  })

  test('it stands in the plan, and every step is of that commit', async () => {
    const of = await project({ repo: repository.url, branch: 'v1' })
    const plan = await of.plan('release')
    expect(plan.facts.hosts.local).toMatchObject({ 'git.commit': repository.first, 'git.ref': 'refs/tags/v1' })
    expect(JSON.stringify(plan.tasks)).toContain(repository.first)
  })
})

describe('signals of its own', () => {
  test('what stands on them runs at their place, and finds from, to and what is new', async () => {
    const listener = definePlugin({
      name: 'listener',
      needs: [git()],
      hooks: {
        'git.building': ({ env }) => sh`test ! -e ${`${env.releasePath}/README.md`}; echo heard building`,
        'git.built': ({ env }) => sh`test -e ${`${env.releasePath}/README.md`}; echo heard built; cat "$DF_RUN/git.from" "$DF_RUN/git.to"`,
        'git.updated': () => sh`echo heard updated; cat "$DF_RUN/git.delta"`,
        'git.reverted': () => sh`echo heard reverted; cat "$DF_RUN/git.from" "$DF_RUN/git.to"`,
        'git.delta.publishing': () => sh`echo heard delta`,
        'git.head.publishing': () => sh`echo heard head`,
      },
    })
    const of = await project({ repo: repository.url, branch: 'main', shallowClone: 0 }, { plugins: [listener()] })
    const from = await repository.sha('HEAD')
    const one = await of.go('release')
    expect(one.problems).toEqual([])
    const [building, built, updated] = ['building', 'built', 'updated'].map((name) => one.output.local?.indexOf(`heard ${name}`) ?? -1)
    expect(building).toBeGreaterThanOrEqual(0)
    expect(built).toBeGreaterThan(building ?? 0)
    expect(updated).toBeGreaterThan(built ?? 0)

    const to = await repository.commit({ delta: 'delta\n' }, 'Say what is new')
    const two = await of.go('release')
    expect(two.output.local).toContain(`${from}\n${to}`)
    expect(two.output.local).toMatch(/heard updated\n[0-9a-f]+ Say what is new/)
    expect(two.output.local).toContain(`${from.slice(0, 10)} -> ${to.slice(0, 10)}`)

    const back = await of.go('rollback')
    expect(back.output.local).toContain(`heard reverted\n${to}\n${from}`)

    expect((await of.go('git.head')).output.local).toContain(`commit ${from.slice(0, 10)}`)
    const delta = await of.go('git.delta')
    expect(delta.problems).toEqual([])
    expect(delta.output.local).toContain(`${from.slice(0, 10)} -> main ${to.slice(0, 10)}`)
    expect(delta.output.local).toContain('Say what is new')
    expect(delta.output.local).toContain('heard delta')
    expect((await of.go('status')).output.local).toContain(from.slice(0, 10))
  })
})

describe('a folder beside the config', () => {
  test('is shipped to this machine and, as an upload, elsewhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dragonfab-beside-'))
    await cp(repository.work, folder, { recursive: true })
    await mustRun(['chown', '-R', 'root:root', folder])
    const of = await project({ repo: '.', branch: 'main' }, { directory: folder })
    expect((await of.plan('release')).tasks[0]?.phases[0]?.segments.some((each) => each.kind === 'local')).toBe(false)
    const { status, problems } = await of.go('release')
    expect([status, problems]).toEqual([0, []])
    const elsewhere = await project({ repo: '.', branch: 'main', strategy: 'upload' }, { directory: folder })
    await mkdir(folder, { recursive: true })
    await cp(repository.work, folder, { recursive: true })
    expect((await elsewhere.go('release')).problems).toEqual([])
    expect(revision(elsewhere)).toBe(revision(of))
  })
})
