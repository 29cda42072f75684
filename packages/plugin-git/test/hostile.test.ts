import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGitFixture, type GitFixture, mustRun } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Deployment, deployment } from './deployment.ts'

let repository: GitFixture
let folder: string
const made: Deployment[] = []
const project = async (...args: Parameters<typeof deployment>) => {
  const one = await deployment(...args)
  made.push(one)
  return one
}
beforeAll(async () => {
  repository = await createGitFixture()
  folder = await mkdtemp(join(tmpdir(), 'dragonfab-hostile-'))
})
afterEach(async () => {
  expect(existsSync('/tmp/pwned')).toBe(false)
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(async () => {
  await repository?.remove()
  await rm(folder, { recursive: true })
})

const fine = { branch: 'main' }
const escaped = (value: string) => value.replaceAll('%', '%%')

describe('refused at load, exit status 2', () => {
  test.each([
    ...['--upload-pack=touch /tmp/pwned', '-o', 'a b', '@{-1}', 'refs/../x', 'main@{1}', 'main~1', 'a\nb', 'x.lock', '*'].map((branch) => ({
      branch,
    })),
    ...['-rf', '--checkpoint-action=exec=touch /tmp/pwned', '../..', '/etc', 'a/../..', '.git/hooks'].flatMap((path) => [
      { ...fine, archiveTree: path },
      { ...fine, revisionFile: path },
    ]),
    ...['-rf', '--template=x', 'a\nb'].map((repoPath) => ({ ...fine, repoPath })),
    ...['-x', 'ext::sh -c touch% /tmp/pwned', 'ssh://-oProxyCommand=touch /tmp/pwned/x', '--upload-pack=touch /tmp/pwned', '~/x'].map(
      (repo) => ({ ...fine, repo }),
    ),
    { ...fine, shallowClone: -1 },
    { ...fine, timeout: 0 },
  ])('%j', async (options) => {
    const given = Object.fromEntries(
      Object.entries(options).map(([key, value]) => [key, typeof value === 'string' ? escaped(value) : value]),
    )
    const of = await project({ repo: repository.path, ...given }).catch((error: unknown) => error)
    const error = of instanceof Error ? of : await (of as Deployment).plan('release').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 2 })
    expect(String(error)).toContain('git.')
  })
})

describe('taken as it stands', () => {
  const hostile = [
    'a;touch_x',
    '$(touch${IFS}/tmp/pwned)',
    '`touch${IFS}/tmp/pwned`',
    "it's",
    '"double"',
    'a|b&c',
    '%(path)s',
    '#comment',
    '!history',
    '{a,b}',
    'ünïcödé🐉',
    '<in>out',
    "'$'(x)",
  ]

  test.each(hostile)('a branch %j', async (branch) => {
    await repository.git('branch', '--force', branch, repository.first)
    await repository.git('push', '--quiet', '--mirror', repository.path)
    for (const strategy of ['mirror', 'upload'] as const) {
      const of = await project({ repo: repository.path, branch: escaped(branch), strategy })
      expect(await of.go('release')).toMatchObject({ status: 0, problems: [] })
      expect(readFileSync(join(of.path('local'), 'current/REVISION'), 'utf8')).toBe(`${repository.first}\n`)
    }
  })

  test.each(hostile)('a folder of the machine and a folder of the repository %j', async (name) => {
    const at = join(folder, name)
    await mustRun(['git', 'clone', '--quiet', '--bare', repository.path, at])
    const commit = await repository.commit({ [`${Buffer.from(name).toString('latin1')}/inside`]: 'inside\n' })
    await mustRun(['git', '--git-dir', at, 'fetch', '--quiet', repository.path, '+refs/heads/main:refs/heads/main'])
    const of = await project({
      repo: escaped(at),
      branch: 'main',
      archiveTree: escaped(name),
      revisionFile: escaped(`${name}.txt`),
      repoPath: escaped(join(folder, `mirror ${name}`)),
    })
    expect(await of.go('release')).toMatchObject({ status: 0, problems: [] })
    expect(readFileSync(join(of.path('local'), 'current', `${name}.txt`), 'utf8')).toBe(`${commit}\n`)
    expect(readFileSync(join(of.path('local'), 'current/inside'), 'utf8')).toBe('inside\n')
  })
})

describe('what a repository brings', () => {
  const gitmodules = (path: string, url: string) => `[submodule "x"]\n\tpath = ${path}\n\turl = ${url}\n`

  test.each([
    ['a helper program', 'x', 'ext::sh -c touch% /tmp/pwned'],
    ['an option', 'x', '--upload-pack=touch /tmp/pwned'],
    ['no address', 'y', 'https://example.org/x'],
  ])('a submodule with %s is refused', async (_name, path, url) => {
    const outer = await createGitFixture({ content: { '.gitmodules': gitmodules(path, url) } })
    await outer.git('update-index', '--add', '--cacheinfo', `160000,${repository.first},x`)
    await outer.git('commit', '--quiet', '-m', 'Add x')
    await outer.git('push', '--quiet', '--mirror', outer.path)
    for (const strategy of ['mirror', 'upload'] as const) {
      const of = await project({ repo: outer.path, branch: 'main', submodules: true, strategy })
      const { status, problems } = await of.go('release')
      expect([status, problems[0]?.code]).toEqual([1, 'GIT_SUBMODULE'])
      expect(existsSync(join(of.path('local'), 'current'))).toBe(false)
    }
    await outer.remove()
  })

  test('a submodule that names a folder of the host is refused, unless the repository is one', async () => {
    const outer = await createGitFixture({ content: { '.gitmodules': gitmodules('x', repository.path) } })
    await outer.git('update-index', '--add', '--cacheinfo', `160000,${repository.first},x`)
    await outer.git('commit', '--quiet', '-m', 'Add x')
    await outer.git('push', '--quiet', '--mirror', outer.path)
    const served = await project({ repo: await outer.serve(), branch: 'main', submodules: true })
    expect((await served.go('release')).problems[0]).toMatchObject({
      code: 'GIT_SUBMODULE',
      message: expect.stringContaining('is a folder on this machine'),
    })
    const local = await project({ repo: outer.path, branch: 'main', submodules: true })
    expect((await local.go('release')).status).toBe(0)
    await outer.remove()
  })

  test('a REVISION that is a link does not lead out', async () => {
    const victim = join(folder, 'victim')
    await mustRun(['sh', '-c', 'echo precious >"$1"', 'sh', victim])
    const of = await createGitFixture({ content: { REVISION: { link: victim } } })
    const at = await project({ repo: of.path, branch: 'main' })
    expect((await at.go('release')).status).toBe(0)
    expect(readFileSync(victim, 'utf8')).toBe('precious\n')
    expect(readFileSync(join(at.path('local'), 'current/REVISION'), 'utf8')).toBe(`${of.first}\n`)
    await of.remove()
  })
})
