import { read, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Executor, isDragonfabError, type OpenCommand } from '@dragonfab/core'
import { localExecutor } from '@dragonfab/run'
import { createGitFixture, type GitFixture, listDifferences, listGitTree, mustRun, rounds, waitUntil } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseRepository } from '../src/names/repository.ts'
import type { CommitSource } from '../src/shell/git-update.ts'
import { type Archive, buildArchive } from '../src/upload/archive.ts'
import { sendArchive } from '../src/upload/send.ts'

let repository: GitFixture
let directory: string
let served: string
const signal = new AbortController().signal
const cache = process.env.XDG_CACHE_HOME

beforeAll(async () => {
  repository = await createGitFixture({ files: 200, nasty: true })
  served = await repository.serve()
})
afterAll(() => repository?.remove())
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab-upload-'))
  process.env.XDG_CACHE_HOME = join(directory, 'cache')
})
afterEach(async () => {
  if (cache === undefined) delete process.env.XDG_CACHE_HOME
  else process.env.XDG_CACHE_HOME = cache
  await rm(directory, { recursive: true, force: true })
})

const build = (repo: string, more: Partial<CommitSource> = {}) => {
  const from = parseRepository(repo, repository.work)
  return buildArchive({
    repository: from,
    source: {
      url: from.url,
      branch: 'refs/heads/main',
      commit: repository.first,
      depth: 1,
      folder: '',
      submodules: false,
      timeout: 60,
      ...more,
    },
    directory: repository.work,
    signal,
  })
}
const release = async (name = 'release') => {
  const path = join(directory, name)
  await mkdir(path, { recursive: true })
  return path
}
const whole = async (at: string, commit = repository.first) =>
  expect(listDifferences(await repository.tree(commit), listGitTree(at))).toEqual([])
const thrown = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

/** A host whose `sh` and tools are the given ones. */
function machine(shell: 'dash' | 'bash' | 'busybox'): Executor {
  const local = localExecutor('machine')
  return {
    ...local,
    open: async ([program = '', ...args], options) => {
      expect(program).toBe('sh')
      const bin = join(directory, 'bin')
      await mkdir(bin, { recursive: true })
      if (shell === 'busybox') await mustRun(['busybox', '--install', '-s', bin])
      const sh = shell === 'busybox' ? ['busybox', 'ash'] : [shell]
      return local.open([...sh, ...args], { ...options, env: { PATH: `${bin}:${process.env.PATH}` } })
    },
  }
}

describe.each(['dash', 'bash', 'busybox'] as const)('to a host with %s', (shell) => {
  test('arrives whole: names of any length, modes, links', async () => {
    const archive = await build(repository.work)
    const at = await release()
    await sendArchive(archive, at, { executor: machine(shell), signal, host: 'web1' })
    await whole(at)
    expect((await readdir(at)).filter((name) => name.startsWith('.dragonfab'))).toEqual([])
  })
})

describe('where it comes from', () => {
  test.each([
    ['a work tree', () => repository.work],
    ['a bare folder', () => repository.path],
    ['an address', () => repository.url],
    ['a folder beside the config', () => '.'],
    ['a server', () => served],
  ])('%s', async (_name, repo) => {
    const at = await release()
    await sendArchive(await build(repo()), at, { executor: localExecutor(), signal, host: 'web1' })
    await whole(at)
  })

  test('a server, through the cache, also the next commit', async () => {
    const url = served
    await build(url)
    const next = await repository.commit({ next: 'next\n' })
    const at = await release()
    await sendArchive(await build(url, { commit: next }), at, { executor: localExecutor(), signal, host: 'web1' })
    await whole(at, next)
  })

  test('two runs at once share the cache', async () => {
    const url = served
    const [one, two] = [await repository.commit({ one: 'one\n' }), await repository.commit({ two: 'two\n' })]
    const [first, second] = await Promise.all([build(url, { commit: one }), build(url, { commit: two })])
    const at = [await release('one'), await release('two')] as const
    await sendArchive(first, at[0], { executor: localExecutor(), signal, host: 'web1' })
    await sendArchive(second, at[1], { executor: localExecutor(), signal, host: 'web1' })
    await whole(at[0], one)
    await whole(at[1], two)
  })

  test('a folder of it alone, with its submodules', async () => {
    const [inner, outer] = [
      await createGitFixture({ content: { inner: 'inner\n' } }),
      await createGitFixture({ content: { 'web/a': 'a\n', 'web/b/c': 'c\n', other: 'no\n' } }),
    ]
    const commit = await outer.submodule(inner, 'web/vendor/lib')
    const at = await release()
    await sendArchive(await build(outer.path, { commit, folder: 'web', submodules: true }), at, {
      executor: localExecutor(),
      signal,
      host: 'web1',
    })
    expect([...listGitTree(at).keys()]).toEqual(['a', 'b/c', 'vendor/lib/README.md', 'vendor/lib/inner'])
    await inner.remove()
    await outer.remove()
  })

  test('what cannot be had is told', async () => {
    const error = await thrown(build(repository.work, { commit: '0123456789012345678901234567890123456789' }))
    expect(isDragonfabError(error) && error.code).toBe('GIT_COMMIT_NOT_FOUND')
    const gone = await thrown(build('file:///nowhere.git'))
    expect(isDragonfabError(gone) && gone.code).toMatch(/^GIT_/)
    const folder = await thrown(build(repository.work, { folder: 'nowhere' }))
    expect(isDragonfabError(folder) && folder.code).toBe('GIT_TREE_NOT_FOUND')
  })
})

describe('a stream that is cut is no release', () => {
  /** Hands on so many bytes of the archive, then ends or closes the input. */
  function cutting(after: number, how: 'end' | 'close', seen: (status: number | undefined) => void): Executor {
    const local = localExecutor('cut')
    return {
      ...local,
      open: async (argv, options) => {
        const inner = await local.open(argv, options)
        let sent = 0
        let first = true
        let cut = false
        inner.done.then(({ status }) => seen(status))
        const outer: OpenCommand = {
          ...inner,
          write: async (data) => {
            if (cut) return
            if (first) {
              // The script; the archive follows.
              first = false
              return inner.write(data)
            }
            const bytes = Buffer.from(data)
            const part = bytes.subarray(0, Math.max(0, after - sent))
            sent += bytes.length
            if (part.length) await inner.write(part)
            if (sent >= after) {
              cut = true
              inner[how]()
            }
          },
        }
        return outer
      },
    }
  }

  test('at any byte, told as failed, nothing unpacked and nothing left', async () => {
    const archive = await build(repository.work)
    const at = await release()
    let told = 0
    const cuts = rounds({ quick: 8, long: 60 })
    for (let round = 0; round < cuts; round++) {
      const after = round === 0 ? archive.bytes - 1 : Math.floor(Math.random() * archive.bytes)
      const statuses: (number | undefined)[] = []
      const error = await thrown(
        sendArchive(archive, at, {
          executor: cutting(after, round % 2 ? 'end' : 'close', (status) => statuses.push(status)),
          signal,
          host: 'web1',
        }),
      )
      expect(isDragonfabError(error), `cut after ${after} of ${archive.bytes}`).toBe(true)
      expect(statuses).not.toContain(0)
      // Whoever closes a connection does not wait for what goes on behind it.
      await waitUntil('the host to clear away', async () => (await readdir(at)).length === 0)
      told++
    }
    expect(told).toBe(cuts)
    await sendArchive(archive, at, { executor: cutting(archive.bytes + 1, 'end', () => undefined), signal, host: 'web1' })
    await whole(at)
  })

  test('a byte that changed on the way is noticed', async () => {
    const archive = await build(repository.work)
    const at = await release()
    const local = localExecutor()
    let count = 0
    const changing: Executor = {
      ...local,
      open: async (argv, options) => {
        const inner = await local.open(argv, options)
        return {
          ...inner,
          write: (data) => {
            const bytes = Buffer.from(data)
            if (++count === 2) bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1
            return inner.write(bytes)
          },
        }
      },
    }
    const error = await thrown(sendArchive(archive, at, { executor: changing, signal, host: 'web1' }))
    expect(isDragonfabError(error) && error.code).toBe('UPLOAD_CUT')
    expect(await readdir(at)).toEqual([])
  })

  test('the failure of an unpacking tar is told', async () => {
    const archive = await build(repository.work)
    const at = await release()
    await mkdir(join(directory, 'bin'))
    await writeFile(
      join(directory, 'bin/tar'),
      '#!/bin/sh\ncat >/dev/null\necho "tar: x: Cannot write: No space left on device" >&2\nexit 2\n',
      { mode: 0o755 },
    )
    const error = await thrown(sendArchive(archive, at, { executor: machine('dash'), signal, host: 'web1' }))
    expect(isDragonfabError(error) && error.code).toBe('DISK_FULL')
  })
})

test('the archive is gone from the disk, and readable by this process alone', async () => {
  const archive: Archive = await build(repository.work)
  expect(await readdir(join(directory, 'cache/dragonfab/git'))).toEqual([])
  const { bytesRead } = await promisify(read)(archive.file, Buffer.alloc(2), 0, 2, 0)
  expect(bytesRead).toBe(2)
})

test('a large repository is sent without being held in memory', async () => {
  const size = 96_000_000
  const of = await createGitFixture()
  const noise = Buffer.alloc(size)
  for (let at = 0; at < size; at += 4) noise.writeUInt32LE((Math.imul(at, 2654435761) ^ (at >>> 3)) >>> 0, at)
  const commit = await of.commit({ large: noise })
  const before = process.memoryUsage().rss
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before)
  }, 5)
  const at = await release()
  await sendArchive(await build(of.path, { commit }), at, { executor: localExecutor(), signal, host: 'web1' })
  clearInterval(watch)
  expect(readFileSync(join(at, 'large')).equals(noise)).toBe(true)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(64_000_000)
  await of.remove()
})
