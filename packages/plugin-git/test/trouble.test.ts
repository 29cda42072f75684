import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { render } from '@dragonfab/core'
import {
  createGitFixture,
  createTestUser,
  ensureServers,
  type GitFixture,
  listDifferences,
  listGitTree,
  mustRun,
  type SshHosts,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CommitSource, prepareMirror, updateRelease } from '../src/shell/git-update.ts'
import { type Deployment, deployment } from './deployment.ts'
import { startGitHost } from './on-host.ts'

let repository: GitFixture
const made: { remove(): Promise<void> }[] = []
const project = async (...args: Parameters<typeof deployment>) => {
  const one = await deployment(...args)
  made.push(one)
  return one
}
const revision = (of: Deployment, host = 'local') => readFileSync(join(of.path(host), 'current/REVISION'), 'utf8').trim()

beforeAll(async () => {
  repository = await createGitFixture({ files: 400 })
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})
afterAll(() => repository?.remove())

test('killed at any moment: no release that looks whole, and the next one works', async () => {
  const at = await startGitHost()
  made.push(at)
  const mirror = { path: at.repo, head: join(at.repo, 'HEAD') }
  let commit = repository.first
  const source = (): CommitSource => ({ url: repository.url, branch: 'main', commit, depth: 1, folder: '', submodules: false, timeout: 60 })
  const text = (release: string) =>
    [prepareMirror(source(), mirror), updateRelease(source(), mirror, release)]
      .map((each) => `( set -eu\n${render(each, () => '')}\n) || exit\n`)
      .join('')
  const begun = performance.now()
  await at.run(prepareMirror(source(), mirror))
  await at.run(updateRelease(source(), mirror, at.release))
  const whole = performance.now() - begun
  let killed = 0
  for (let round = 0; round < 12; round++) {
    if (round % 3 === 0) await rm(at.repo, { recursive: true, force: true })
    commit = await repository.commit({ [`round/${round}`]: `${round}\n` })
    const release = await at.newRelease()
    const child = spawn('sh', ['-s'], {
      detached: true,
      cwd: at.directory,
      env: { PATH: process.env.PATH, HOME: at.home, DF_RUN: join(at.directory, 'run') },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.end(`main() {\n${text(release)}\necho done >${release}.done\n}\nmain </dev/null\n`)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    // A random moment is the point here.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, Math.random() * whole * 1.1))])
    if (child.exitCode === null && child.pid) {
      process.kill(-child.pid, 'SIGKILL')
      killed++
    }
    await ended
    if (existsSync(`${release}.done`)) expect(listDifferences(await repository.tree(commit), listGitTree(release))).toEqual([])
    const next = await at.newRelease()
    const again = [await at.run(prepareMirror(source(), mirror)), await at.run(updateRelease(source(), mirror, next))]
    expect(again.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(listDifferences(await repository.tree(commit), listGitTree(next))).toEqual([])
    await rm(next, { recursive: true })
    await rm(release, { recursive: true })
  }
  expect(killed).toBeGreaterThan(4)
}, 300_000)

describe('a full disk', () => {
  let disk: string
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'dragonfab-disk-'))
    await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=1200k', 'tmpfs', disk])
  })
  afterAll(async () => {
    await mustRun(['umount', '-l', disk])
    await rm(disk, { recursive: true })
  })

  test.each(['mirror', 'upload'] as const)('is named, and after some space is freed the next release works: %s', async (strategy) => {
    const of = await project(
      { repo: repository.url, branch: 'main', strategy },
      { config: { environments: { test: { hosts: [{ name: 'local', path: join(disk, strategy) }] } } } as object },
    )
    await writeFile(join(disk, 'ballast'), Buffer.alloc(500_000))
    const { status, problems } = await of.go('release')
    expect([status, problems[0]?.code]).toEqual([1, 'DISK_FULL'])
    expect(existsSync(join(disk, strategy, 'current'))).toBe(false)
    await rm(join(disk, 'ballast'))
    await mustRun(['mount', '-o', 'remount,size=50m', disk])
    expect(await of.go('release')).toMatchObject({ status: 0, problems: [] })
    await rm(join(disk, strategy), { recursive: true, maxRetries: 5 })
    await mustRun(['mount', '-o', 'remount,size=1200k', disk])
  })
})

describe('real hosts', () => {
  let hosts: SshHosts
  let url: string
  beforeAll(async () => {
    hosts = await startSshHosts(2)
    url = await repository.serve()
  })
  afterAll(() => hosts?.stop())

  test('without git: named, with the way out; and the way out works', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'dragonfab-bin-'))
    await chmod(bin, 0o755)
    await mustRun(['busybox', '--install', '-s', bin])
    const shellEnv = { PATH: bin }
    const of = await project({ repo: url, branch: 'main' }, { hosts, config: { shellEnv } as object })
    const { status, problems } = await of.go('release')
    expect(status).toBe(1)
    expect(problems.map(({ code, host }) => [code, host]).sort()).toEqual([
      ['GIT_MISSING', 'web1'],
      ['GIT_MISSING', 'web2'],
    ])
    expect(problems[0]?.remedy).toContain("git.strategy: 'upload'")
    const other = await project({ repo: url, branch: 'main', strategy: 'upload' }, { hosts, config: { shellEnv } as object })
    expect(await other.go('release')).toMatchObject({ status: 0, problems: [] })
    await rm(bin, { recursive: true })
  })

  test('a folder beside the config is sent to them; as a mirror it is refused with the reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dragonfab-beside-'))
    await cp(repository.work, folder, { recursive: true })
    await mustRun(['chown', '-R', 'root:root', folder])
    const of = await project({ repo: '.', branch: 'main' }, { hosts, directory: folder })
    expect(await of.go('release')).toMatchObject({ status: 0, problems: [] })
    const commit = (await mustRun(['git', '-C', folder, 'rev-parse', 'main'])).trim()
    for (const { name } of hosts.hosts) expect(revision(of, name)).toBe(commit)
    await cp(repository.work, folder, { recursive: true })
    const wrong = await project({ repo: '.', branch: 'main', strategy: 'mirror' }, { hosts, directory: folder })
    const { status, problems } = await wrong.go('release')
    expect(status).toBe(1)
    expect(problems[0]).toMatchObject({ code: 'GIT_REPO_LOCAL', remedy: expect.stringContaining('upload') })
  })

  test('a mirror that belongs to another user is explained', async () => {
    const of = await project({ repo: url, branch: 'main' }, { hosts })
    expect((await of.go('release')).status).toBe(0)
    const [host] = hosts.hosts
    await mustRun(['chown', '-R', 'root:root', join(of.path(host?.name ?? ''), 'repo')])
    const { status, problems } = await of.go('release')
    expect([status, problems.map(({ code, host }) => [code, host])]).toEqual([1, [['GIT_OWNER', 'web1']]])
    expect(problems[0]?.remedy).toContain('chown')
  })
})

test('a repository here that belongs to another user is explained', async () => {
  const owner = await createTestUser('other')
  const foreign = await createGitFixture({ owner })
  const of = await project({ repo: foreign.path, branch: 'main' })
  const { status, problems } = await of.go('release')
  expect([status, problems[0]?.code]).toEqual([1, 'GIT_OWNER'])
  await foreign.remove()
})

describe('Git LFS', () => {
  let lfs: string
  let content: Buffer
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', join(lfs, 'work'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString()
  beforeAll(async () => {
    await ensureServers({ 'git-lfs': 'git-lfs' })
    lfs = await mkdtemp(join(tmpdir(), 'dragonfab-lfs-'))
    content = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31) % 256))
    execFileSync('git', ['init', '--quiet', '--bare', '-b', 'main', join(lfs, 'repo.git')])
    execFileSync('git', ['init', '--quiet', '-b', 'main', join(lfs, 'work')])
    git('remote', 'add', 'origin', `file://${join(lfs, 'repo.git')}`)
    git('lfs', 'install', '--local')
    await mkdir(join(lfs, 'work/web'))
    await mkdir(join(lfs, 'work/media'))
    await writeFile(join(lfs, 'work/.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n')
    await writeFile(join(lfs, 'work/media/a.bin'), content)
    await writeFile(join(lfs, 'work/web/index.html'), 'web\n')
    git('add', '--all')
    git('commit', '--quiet', '-m', 'x')
    git('push', '--quiet', 'origin', 'main')
  })
  afterAll(() => rm(lfs, { recursive: true, force: true }))

  test.each(['mirror', 'upload'] as const)('ships the files, not pointers: %s', async (strategy) => {
    const of = await project({ repo: `file://${join(lfs, 'repo.git')}`, branch: 'main', strategy })
    expect(await of.go('release')).toMatchObject({ status: 0, problems: [] })
    expect(readFileSync(join(of.path('local'), 'current/media/a.bin')).equals(content)).toBe(true)
  })

  test('without git-lfs it is refused, unless nothing of what is shipped is kept there', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'dragonfab-bin-'))
    for (const folder of ['/bin', '/usr/bin']) {
      for (const name of readdirSync(folder))
        if (name !== 'git-lfs' && !existsSync(join(bin, name))) await symlink(join(folder, name), join(bin, name)).catch(() => undefined)
    }
    const config = { shellEnv: { PATH: bin } } as object
    const repo = `file://${join(lfs, 'repo.git')}`
    const of = await project({ repo, branch: 'main' }, { config })
    const { status, problems } = await of.go('release')
    expect([status, problems[0]?.code]).toEqual([1, 'GIT_LFS_MISSING'])
    const web = await project({ repo, branch: 'main', archiveTree: 'web' }, { config })
    expect(await web.go('release')).toMatchObject({ status: 0, problems: [] })
    await rm(bin, { recursive: true })
  })
})
