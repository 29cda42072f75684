import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Executor, isDragonfabError } from '@dragonfab/core'
import { createNastyFiles, type FileSpec, listDifferences, mustRun, rounds, takeSnapshot, waitUntil } from '@dragonfab/test-kit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { build as buildIn } from './build.ts'
import { localExecutor, machine, shells, uploader, writing } from './machine.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dragonfab-upload-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

const build = (files: Readonly<Record<string, FileSpec>>) => buildIn(join(directory, 'dist'), files)
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isDragonfabError(error) ? error.code : String(error)),
  )

/** Hands on so many bytes after the script, then ends or closes the input. */
function cutting(after: number, how: 'end' | 'close', seen: (status: number | undefined) => void): Executor {
  const local = localExecutor('cut')
  return {
    ...local,
    open: async (argv, options) => {
      const inner = await local.open(argv, options)
      inner.done.then(({ status }) => seen(status))
      let sent = 0
      let first = true
      let cut = false
      return {
        ...inner,
        write: async (data) => {
          if (cut) return
          if (first) {
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
    },
  }
}

test('an upload cut at any byte fails, is not recorded, and the next one works', async () => {
  build({ ...createNastyFiles(), noise: Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * index * 31) % 251)) })
  let bytes = 0
  const local = localExecutor('counting')
  const counting: Executor = {
    ...local,
    open: async (argv, options) => {
      const inner = await local.open(argv, options)
      let count = 0
      return {
        ...inner,
        write: (data) => {
          if (++count > 1) bytes += Buffer.byteLength(data)
          return inner.write(data)
        },
      }
    },
  }
  await uploader(directory, counting)({ to: join(directory, 'counted'), state: join(directory, 'counted-state') })
  let told = 0
  const cuts = rounds({ quick: 6, long: 40 })
  for (let round = 0; round < cuts; round++) {
    const statuses: (number | undefined)[] = []
    // The last of it is the archive's end, whose loss loses nothing.
    const after = round < 2 ? 1 : Math.floor(Math.random() * (bytes - 600))
    const send = uploader(
      directory,
      cutting(after, round % 2 ? 'end' : 'close', (status) => statuses.push(status)),
    )
    expect(await codeOf(send({ to: join(directory, `cut-${round}`) })), `cut after ${after} of ${bytes}`).toMatch(/^UPLOAD_(CUT|FAILED)$/)
    expect(statuses).not.toContain(0)
    told++
  }
  expect(told).toBe(cuts)
  const slot = join(directory, 'state/uploads', readdirSync(join(directory, 'state/uploads'))[0] ?? '')
  // Whoever closes a connection does not wait for what goes on behind it.
  await waitUntil('the host to clear away', () => readdirSync(slot).length === 0)
  await uploader(directory, localExecutor('here'))({})
  expect(listDifferences(takeSnapshot(join(directory, 'dist')), takeSnapshot(join(directory, 'one')))).toEqual([])
})

test.each([
  ['changes', (path: string) => writeFileSync(path, 'B'.repeat(3_000_000))],
  ['shrinks', (path: string) => truncateSync(path, 10)],
  ['vanishes', (path: string) => rmSync(path)],
  [
    'becomes a folder',
    (path: string) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
])('a file that %s while it is read is a failure', async (_how, change) => {
  build({ 'a-first': 'x'.repeat(2_000_000), 'z/last': 'A'.repeat(3_000_000) })
  const during = writing(localExecutor('here'), async (write, count) => {
    if (count === 3) change(join(directory, 'dist/z/last'))
    await write()
  })
  expect(await codeOf(uploader(directory, during)({}))).toBe('UPLOAD_CHANGED')
})

test('a log that goes on growing arrives as it was when it was looked at', async () => {
  build({ 'a-first': 'x'.repeat(2_000_000), log: 'line\n' })
  const growing = writing(localExecutor('here'), async (write, count) => {
    if (count === 3) appendFileSync(join(directory, 'dist/log'), 'more\n')
    await write()
  })
  await uploader(directory, growing)({})
  expect(readFileSync(join(directory, 'dist/log'), 'utf8')).toBe('line\nmore\n')
  expect(readFileSync(join(directory, 'one/log'), 'utf8')).toBe('line\n')
})

test('reports files that cannot be read on this machine or written on the host', async () => {
  const send = uploader(directory, localExecutor('here'))
  expect(await codeOf(send({ from: 'nowhere' }))).toBe('UPLOAD_UNREADABLE')
  build({ a: 'a\n' })
  writeFileSync(join(directory, 'file'), '')
  expect(await codeOf(send({ to: join(directory, 'file/within') }))).toBe('UPLOAD_FAILED')
  const without = await machine(directory, 'dash', join(directory, 'nothing'))
  expect(await codeOf(uploader(directory, without)({}))).toBe('TAR_MISSING')
})

test.each(shells)('a disk that fills up is named (%s)', async (shell) => {
  const small = join(directory, 'small')
  mkdirSync(small)
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
  try {
    build({ large: Buffer.alloc(4_000_000, 'x'), other: 'other\n' })
    const send = uploader(directory, await machine(directory, shell))
    expect(await codeOf(send({ to: join(small, 'one') }))).toBe('DISK_FULL')
    rmSync(join(small, 'one'), { recursive: true })
    rmSync(join(directory, 'dist/large'))
    await send({ to: join(small, 'one') })
    expect(existsSync(join(small, 'one/other'))).toBe(true)
  } finally {
    await mustRun(['umount', small])
  }
})

test('an interrupt ends it', async () => {
  build({ a: 'a\n'.repeat(1_000_000) })
  const controller = new AbortController()
  const interrupting = writing(localExecutor('here'), (write, count) => {
    if (count === 2) controller.abort()
    return write()
  })
  expect(await codeOf(uploader(directory, interrupting)({}, controller.signal))).not.toBe('done')
  expect(existsSync(join(directory, 'one/a'))).toBe(false)
})
