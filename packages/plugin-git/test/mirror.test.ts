import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGitFixture, type GitFixture, listDifferences, listGitTree, mustRun } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { exitStatus } from '../src/exit-statuses.ts'
import { type CommitSource, prepareMirror, tidyMirror, updateRelease } from '../src/shell/git-update.ts'
import { type GitHost, shells, startGitHost } from './on-host.ts'

let repository: GitFixture
let places: GitHost[] = []
const host = async (...args: Parameters<typeof startGitHost>) => {
  const made = await startGitHost(...args)
  places.push(made)
  return made
}
const source = (more: Partial<CommitSource> = {}): CommitSource => ({
  url: repository.url,
  branch: 'refs/heads/main',
  commit: repository.first,
  depth: 1,
  folder: '',
  submodules: false,
  timeout: 60,
  ...more,
})
const mirror = (at: GitHost) => ({ path: at.repo, head: join(at.repo, 'HEAD') })
const deploy = async (at: GitHost, from: CommitSource, release = at.release, env?: Readonly<Record<string, string>>) => {
  const started = await at.run(prepareMirror(from, mirror(at)), env)
  if (started.status !== 0) return started
  return at.run(updateRelease(from, mirror(at), release), env)
}
const fine = { status: 0, stderr: '' }
const same = async (at: string, commit: string, of = repository) =>
  expect(listDifferences(await of.tree(commit), listGitTree(at))).toEqual([])
const history = async (at: GitHost) => Number(await mustRun(['git', '--git-dir', at.repo, 'rev-list', '--count', 'refs/dragonfab/head']))
const objects = async (at: GitHost) =>
  (await mustRun(['git', '--git-dir', at.repo, 'cat-file', '--batch-check', '--batch-all-objects'])).split('\n').length

beforeAll(async () => {
  repository = await createGitFixture({ files: 60, nasty: true })
})
afterAll(() => repository?.remove())
afterEach(async () => {
  await Promise.all(places.map((each) => each.remove()))
  places = []
})

describe.each(shells)('in %s', (shell) => {
  let plain: GitFixture
  beforeAll(async () => {
    plain = await createGitFixture({
      files: 40,
      content: { 'bin/run': { content: '#!/bin/sh\n', mode: 0o755 }, 'a link': { link: 'bin/run' } },
    })
  })
  afterAll(() => plain.remove())

  test('ships a commit, then the next one', async () => {
    const at = await host(shell)
    expect(await deploy(at, source({ url: plain.url, commit: plain.first }))).toMatchObject(fine)
    await same(at.release, plain.first, plain)
    const next = await plain.commit({ 'src/0/file-0.txt': undefined, 'new file': 'new\n' })
    const second = await at.newRelease()
    expect(await deploy(at, source({ url: plain.url, commit: next }), second)).toMatchObject(fine)
    await same(second, next, plain)
    expect(await history(at)).toBe(1)
  })

  test('ships a folder alone, its contents at the top', async () => {
    const at = await host(shell)
    const commit = await plain.commit({ 'services/web/app.py': 'app\n', 'services/web/conf/a.conf': 'a\n', 'services/other': 'no\n' })
    expect(await deploy(at, source({ url: plain.url, commit, folder: 'services/web' }))).toMatchObject(fine)
    expect([...listGitTree(at.release).keys()]).toEqual(['app.py', 'conf/a.conf'])
    expect(await deploy(at, source({ url: plain.url, commit, folder: 'services/we?' }))).toMatchObject({
      status: exitStatus.noTree,
    })
  })

  test('ships submodules at the recorded commits, theirs too', async () => {
    const at = await host(shell)
    const [inner, outer] = [
      await createGitFixture({ content: { inner: 'inner\n' } }),
      await createGitFixture({ content: { outer: 'outer\n' } }),
    ]
    await inner.commit({ later: 'inner\n' })
    await outer.submodule(inner, 'deep/in ner')
    const commit = await plain.submodule(outer, 'vendor/out er')
    await outer.commit({ later: 'not recorded\n' })
    expect(await deploy(at, source({ url: plain.url, commit, submodules: true }))).toMatchObject(fine)
    expect(readFileSync(join(at.release, 'vendor/out er/outer'), 'utf8')).toBe('outer\n')
    expect(readFileSync(join(at.release, 'vendor/out er/deep/in ner/later'), 'utf8')).toBe('inner\n')
    expect(existsSync(join(at.release, 'vendor/out er/later'))).toBe(false)
    await inner.remove()
    await outer.remove()
  })

  test('what git says is told by an exit status of its own', async () => {
    const at = await host(shell)
    const gone = await deploy(at, source({ url: 'file:///nowhere/at all.git' }))
    expect(gone.status).toBe(exitStatus.noRepository)
    expect(gone.stderr).toContain('/nowhere/at all.git')
    const lost = await deploy(at, source({ commit: '0123456789012345678901234567890123456789' }))
    expect(lost.status).toBe(exitStatus.noCommit)
  })
})

test('names that tools get wrong arrive byte for byte', async () => {
  const at = await host()
  expect(await deploy(at, source())).toMatchObject(fine)
  await same(at.release, repository.first)
})

test('a tar that cuts long names is refused, not believed', async () => {
  const at = await host('busybox')
  const refused = await deploy(at, source())
  expect(refused.status).toBe(exitStatus.shortNames)
  expect(readdirSync(at.release)).toEqual([])
})

test('busybox tar: a path arrives whole or is refused, whatever its length', async () => {
  const of = await createGitFixture()
  let [whole, refused] = [0, 0]
  for (const length of [99, 100, 101, 154, 155, 156, 157, 200, 255, 256, 257]) {
    const at = await host('busybox')
    const path = `${'d'.repeat(60)}/${'e'.repeat(60)}/${'f'.repeat(200)}`.slice(0, length).replace(/\/$/, 'x')
    const commit = await of.commit({ [path]: 'long\n' })
    const result = await deploy(at, source({ url: of.url, commit }))
    if (result.status === 0) {
      await same(at.release, commit, of)
      whole++
    } else {
      expect(result.status).toBe(exitStatus.shortNames)
      refused++
    }
    await of.commit({ [path]: undefined })
  }
  expect(whole).toBeGreaterThan(5)
  expect(refused).toBeGreaterThan(0)
  await of.remove()
})

test('what attributes say holds: export-ignore, export-subst', async () => {
  const at = await host()
  const of = await createGitFixture({
    content: { '.gitattributes': 'tests export-ignore\nversion export-subst\n', 'tests/a': 'a\n', version: '$Format:%H$\n' },
  })
  expect(await deploy(at, source({ url: of.url, commit: of.first }))).toMatchObject(fine)
  expect(existsSync(join(at.release, 'tests'))).toBe(false)
  expect(readFileSync(join(at.release, 'version'), 'utf8')).toBe(`${of.first}\n`)
  await of.remove()
})

describe('history', () => {
  test('a shallow mirror keeps one commit, and fetches only what is new', async () => {
    const at = await host()
    for (let index = 0; index < 5; index++) await repository.commit({ [`history/${index}`]: `${index}\n` })
    const before = await repository.sha('HEAD')
    await deploy(at, source({ commit: before }))
    const had = await objects(at)
    const after = await repository.commit({ 'history/0': 'changed\n' })
    expect(await deploy(at, source({ commit: after }), await at.newRelease())).toMatchObject(fine)
    expect(await history(at)).toBe(1)
    // A commit, two trees and a file; all of it again would be a hundred.
    expect((await objects(at)) - had).toBeLessThan(10)
  })

  test('depth 3 keeps three, 0 keeps all, also in a mirror that was shallow', async () => {
    const at = await host()
    const commit = await repository.sha('HEAD')
    await deploy(at, source({ commit, depth: 3 }))
    expect(await history(at)).toBe(3)
    const next = await repository.commit({ more: 'more\n' })
    expect(await deploy(at, source({ commit: next, depth: 0 }), await at.newRelease())).toMatchObject(fine)
    expect(await history(at)).toBe(Number(await repository.git('rev-list', '--count', 'HEAD')))
  })

  test('what is there needs no server: the same commit again', async () => {
    const at = await host()
    await deploy(at, source())
    const release = await at.newRelease()
    expect(await deploy(at, source({ url: 'ssh://127.0.0.1:1/nowhere' }), release)).toMatchObject(fine)
    await same(release, repository.first)
  })
})

test('what many fetches leave becomes one pack, and the mirror goes on', async () => {
  const at = await host()
  for (let index = 0; index < 4; index++) {
    const commit = await repository.commit({ [`packs/${index}`]: `${index}\n` })
    await deploy(at, source({ commit }), await at.newRelease())
  }
  await mustRun(['git', '--git-dir', at.repo, 'config', 'gc.autoPackLimit', '1'])
  await mustRun(['git', '--git-dir', at.repo, 'config', 'fetch.unpackLimit', '1'])
  const commit = await repository.commit({ 'packs/last': 'last\n' })
  await deploy(at, source({ commit }), await at.newRelease())
  const packs = () => readdirSync(join(at.repo, 'objects/pack')).filter((name) => name.endsWith('.pack')).length
  expect(packs()).toBeGreaterThan(1)
  expect(await at.run(tidyMirror(at.repo, 60))).toMatchObject({ status: 0 })
  expect(packs()).toBe(1)
  const next = await repository.commit({ 'packs/next': 'next\n' })
  const release = await at.newRelease()
  expect(await deploy(at, source({ commit: next }), release)).toMatchObject(fine)
  await same(release, next)
})

describe('what moves', () => {
  test('a branch that moved after the commit was resolved: the resolved commit is shipped', async () => {
    const at = await host()
    const resolved = await repository.sha('HEAD')
    await repository.commit({ moved: 'later\n' })
    expect(await deploy(at, source({ commit: resolved }))).toMatchObject(fine)
    await same(at.release, resolved)
  })

  test('a branch that was forced elsewhere, with a mirror that had the old one', async () => {
    const at = await host()
    const of = await createGitFixture()
    const old = await of.commit({ one: 'one\n' })
    await deploy(at, source({ url: of.url, commit: old, depth: 0 }))
    await of.git('reset', '--quiet', '--hard', of.first)
    const forced = await of.commit({ two: 'two\n' })
    const release = await at.newRelease()
    expect(await deploy(at, source({ url: of.url, commit: forced, depth: 0 }), release)).toMatchObject(fine)
    await same(release, forced, of)
    await of.remove()
  })

  test('a branch that became a folder of branches', async () => {
    const at = await host()
    const of = await createGitFixture()
    await of.branch('feature')
    await deploy(at, source({ url: of.url, commit: of.first, depth: 0 }))
    await of.git('branch', '-m', 'feature', 'feature/one')
    const commit = await of.commit({ one: 'one\n' })
    expect(await deploy(at, source({ url: of.url, commit, depth: 0 }), await at.newRelease())).toMatchObject(fine)
    await of.remove()
  })

  test('another repository under the same path', async () => {
    const at = await host()
    await deploy(at, source())
    const other = await createGitFixture({ content: { other: 'other\n' } })
    const release = await at.newRelease()
    expect(await deploy(at, source({ url: other.url, commit: other.first }), release)).toMatchObject(fine)
    await same(release, other.first, other)
    expect((await mustRun(['git', '--git-dir', at.repo, 'config', 'remote.origin.url'])).trim()).toBe(other.url)
    await other.remove()
  })
})

describe('a server that gives out no single commits', () => {
  // Protocol 0, and only tips: what a git server behind a plain sshd is, which passes on no GIT_PROTOCOL.
  const old = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: '0' }
  let of: GitFixture
  let commits: string[]
  const text = (url: string, at: GitHost, from: Partial<CommitSource>, release: string) => {
    const all = source({ url, ...from })
    const old = (text: string) => text.replaceAll('protocol.version=2', 'protocol.version=0')
    return [prepareMirror(all, mirror(at)), updateRelease(all, mirror(at), release)].map((each) => ({
      ...each,
      parts: each.parts.map((part) => (typeof part === 'string' ? old(part) : part)),
    }))
  }
  const run = async (at: GitHost, from: Partial<CommitSource>, release = at.release) => {
    for (const step of text(of.url, at, from, release)) {
      const result = await at.run(step, old)
      if (result.status !== 0) return result
    }
    return { status: 0 }
  }
  beforeAll(async () => {
    of = await createGitFixture({ files: 20 })
    await mustRun(['git', '--git-dir', of.path, 'config', 'uploadpack.allowAnySHA1InWant', 'false'])
    commits = [of.first]
    for (let index = 0; index < 6; index++) commits.push(await of.commit({ [`f${index}`]: `${index}\n` }))
    await of.tag('v1', 'annotated')
    await of.commit({ last: 'last\n' })
  })
  afterAll(() => of.remove())

  test.each([
    ['a tip', { branch: 'refs/heads/main' }, () => of.sha('HEAD')],
    ['a commit that the branch has left behind', { branch: 'refs/heads/main' }, async () => commits[2] ?? ''],
    ['what a tag stands for', { branch: 'refs/tags/v1' }, () => of.sha('v1')],
    ['a commit without a name', {}, async () => commits[3] ?? ''],
    ['all history', { branch: 'refs/heads/main', depth: 0 }, async () => commits[1] ?? ''],
  ])('%s', async (_name, from, commitOf) => {
    const at = await host()
    const commit = await commitOf()
    expect(await run(at, { branch: commit, commit, ...from })).toMatchObject({ status: 0 })
    await same(at.release, commit, of)
  })
})

describe('what was left behind', () => {
  test('locks and halves of packs of a git that was killed', async () => {
    const at = await host()
    await deploy(at, source())
    for (const lock of ['shallow.lock', 'config.lock', 'HEAD.lock', 'packed-refs.lock', 'refs/dragonfab/head.lock'])
      await writeFile(join(at.repo, lock), '')
    await writeFile(join(at.repo, 'objects/pack/tmp_pack_abc'), 'half')
    const commit = await repository.commit({ locked: 'no\n' })
    expect(await deploy(at, source({ commit }), await at.newRelease())).toMatchObject(fine)
    expect(readdirSync(join(at.repo, 'objects/pack')).filter((name) => name.startsWith('tmp_'))).toEqual([])
  })

  test('half a clone is no mirror', async () => {
    const at = await host()
    await mkdir(join(at.repo, 'objects'), { recursive: true })
    await mkdir(`${at.repo}.new/objects`, { recursive: true })
    await writeFile(join(at.repo, 'HEAD'), '')
    expect(await deploy(at, source())).toMatchObject(fine)
    await same(at.release, repository.first)
    expect(existsSync(`${at.repo}.new`)).toBe(false)
  })

  test('what is no mirror is not touched', async () => {
    const at = await host()
    await mkdir(at.repo)
    await writeFile(join(at.repo, 'precious'), 'precious\n')
    expect((await deploy(at, source())).status).toBe(exitStatus.noMirrorPath)
    expect(readFileSync(join(at.repo, 'precious'), 'utf8')).toBe('precious\n')
  })

  test('a mirror that fapistrano made is taken over', async () => {
    const at = await host()
    await mustRun(['git', 'clone', '--quiet', '--mirror', '--depth', '1', '--no-single-branch', repository.url, at.repo])
    const commit = await repository.commit({ adopted: 'yes\n' })
    expect(await deploy(at, source({ commit }))).toMatchObject(fine)
    await same(at.release, commit)
  })

  test('a mirror that has lost a file of the commit fetches it again', async () => {
    const at = await host()
    await deploy(at, source())
    const blob = (await repository.git('rev-parse', `${repository.first}:README.md`)).trim()
    await mustRun([
      'sh',
      '-c',
      `cd "$1" && mv objects/pack/*.pack /tmp/$$.pack && git unpack-objects -q </tmp/$$.pack && rm -f /tmp/$$.pack objects/pack/*; rm -f objects/${blob.slice(0, 2)}/${blob.slice(2)}`,
      'sh',
      at.repo,
    ])
    const release = await at.newRelease()
    const again = await deploy(at, source(), release)
    if (again.status === 0) await same(release, repository.first)
    else throw new Error(again.stderr)
  })
})

describe('a release is never half', () => {
  test('a failure of git archive is not lost in the pipe', async () => {
    const at = await host()
    await deploy(at, source())
    // git that dies in the middle of an archive, as on a broken disk.
    const bin = join(at.directory, 'bin')
    const git = (await mustRun(['sh', '-c', 'command -v git'])).trim()
    await writeFile(
      join(bin, 'git'),
      `#!/bin/sh\ncase " $* " in *" archive "*) ${git} "$@" | head -c 20000; exit 141 ;; esac\nexec ${git} "$@"\n`,
    )
    await chmod(join(bin, 'git'), 0o755)
    expect((await deploy(at, source(), await at.newRelease())).status).not.toBe(0)
    // What tar would take for whole: git dies between two files.
    await writeFile(
      join(bin, 'git'),
      `#!/bin/sh\ncase " $* " in *" archive "*) ${git} "$@" README.md; exit 141 ;; esac\nexec ${git} "$@"\n`,
    )
    const release = await at.newRelease()
    expect((await deploy(at, source(), release)).status).not.toBe(0)
    expect(readdirSync(release)).toEqual(['README.md'])
  })

  test('a failure of tar is told', async () => {
    const at = await host()
    await deploy(at, source())
    await writeFile(
      join(at.directory, 'bin/tar'),
      '#!/bin/sh\n[ "$1" = --version ] && { echo GNU; exit; }\ncat >/dev/null\necho "tar: x: Cannot write: No space left on device" >&2\nexit 2\n',
    )
    await chmod(join(at.directory, 'bin/tar'), 0o755)
    expect((await deploy(at, source(), await at.newRelease())).status).toBe(exitStatus.noSpace)
  })
})

describe('whoever calls', () => {
  test('GIT_DIR and the like of a hook or an alias change nothing', async () => {
    const at = await host()
    const other = await createGitFixture()
    const env = {
      GIT_DIR: other.path,
      GIT_WORK_TREE: other.work,
      GIT_INDEX_FILE: '/nowhere/index',
      GIT_CONFIG_PARAMETERS: "'core.bare=false'",
      GIT_OBJECT_DIRECTORY: '/nowhere',
    }
    expect(await deploy(at, source(), at.release, env)).toMatchObject(fine)
    await same(at.release, repository.first)
    await other.remove()
  })

  test('modes follow the umask, and nothing belongs to another', async () => {
    const at = await host()
    const of = await createGitFixture({ content: { file: 'a\n', run: { content: 'b\n', mode: 0o755 } } })
    for (const [umask, file, run] of [
      ['022', '644', '755'],
      ['002', '664', '775'],
      ['077', '600', '700'],
    ] as const) {
      const release = await at.newRelease()
      await deploy(at, source({ url: of.url, commit: of.first }), release)
      const fresh = await at.newRelease()
      const text = updateRelease(source({ url: of.url, commit: of.first }), mirror(at), fresh)
      await at.run({ ...text, parts: [`umask ${umask}\n`, ...text.parts] })
      expect((await mustRun(['stat', '-c', '%a', join(fresh, 'file'), join(fresh, 'run')])).trim().split('\n')).toEqual([file, run])
    }
    await of.remove()
  })

  test('a path reached through a link', async () => {
    const at = await host()
    const real = join(at.directory, 'real')
    await mkdir(real)
    await symlink(real, join(at.directory, 'link'))
    const inside = { ...at, repo: join(at.directory, 'link/repo') }
    expect(await deploy(inside, source())).toMatchObject(fine)
    await same(at.release, repository.first)
  })
})
