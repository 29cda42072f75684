import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDragonfabError } from '@dragonfab/core'
import { type Postgres, rounds, runCommand, startPostgres } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashFile } from '../src/dumps/folder.ts'
import { readDumpStream } from '../src/dumps/read-dump.ts'
import { verifyDump } from '../src/push/verify-dump.ts'
import { makeShop } from './project.ts'

let server: Postgres
let whole: Buffer

beforeAll(async () => {
  server = await startPostgres()
  await server.sql('postgres', 'CREATE ROLE shop')
  await makeShop(server, 'shop', { rows: 2000 })
  const file = join(server.directory, 'socket', 'dump')
  await server.run([`${server.bin}/pg_dump`, '-Fc', '-f', file, 'shop'])
  // Written to a pipe, as by a dump over SSH.
  const { stdout } = await runCommand(['sh', '-c', `${server.bin}/pg_dump -Fc shop | cat`], {
    as: server.user,
    cwd: '/',
    env: { ...process.env, PGHOST: server.socket, PGPORT: String(server.port) },
    encoding: 'latin1',
  })
  whole = Buffer.from(stdout, 'latin1')
  for (const each of [whole, readFileSync(file)]) {
    const { rows, largeObjects } = await readDumpStream(chunks(each))
    expect([rows['"public"."users"'], rows['"public"."Odd ""name"'], rows['"public"."empty"'], largeObjects]).toEqual([2000, 3, 0, 1])
  }
})
afterAll(() => server?.remove())

/** The bytes in pieces of random length, as a connection delivers them. */
async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = randomInt(1, 5000)
    yield bytes.subarray(at, at + length)
    at += length
  }
}

const context = { progress: () => undefined, signal: new AbortController().signal }
const codeOf = (error: unknown) => (isDragonfabError(error) ? error.code : String(error))

const damages = rounds({ quick: 10, long: 100 })
test(`${damages} of our own dumps, cut or with a flipped bit, are refused`, async () => {
  const file = join(server.directory, 'ours.dump')
  writeFileSync(file, whole)
  const manifest = {
    format: 1,
    environment: 'test',
    database: 'shop',
    bytes: whole.length,
    sha256: await hashFile(file),
    rows: {},
    largeObjects: 1,
    form: 'archive',
  }
  writeFileSync(`${file}.json`, JSON.stringify(manifest))
  expect((await verifyDump(file, 'ours', context)).sha256).toBe(manifest.sha256)
  for (let number = 0; number < damages; number++) {
    const bytes = Buffer.from(whole)
    const at = randomInt(whole.length)
    if (number % 2) bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << randomInt(8)), at)
    writeFileSync(file, number % 2 ? bytes : bytes.subarray(0, at))
    await expect(verifyDump(file, 'ours', context).catch(codeOf), `byte ${at}`).resolves.toBe('POSTGRES_DUMP_DAMAGED')
  }
})

test(`${damages} foreign dumps, cut or with a flipped bit in their data, are refused`, async () => {
  const file = join(server.directory, 'foreign.dump')
  const data = whole.lastIndexOf(Buffer.from('\0\0\0\0\0', 'latin1')) > 0 ? whole.indexOf(Buffer.from([0x78, 0x9c])) : 0
  expect(data).toBeGreaterThan(1000)
  for (let number = 0; number < damages; number++) {
    const at = number % 2 ? randomInt(data + 20, whole.length) : randomInt(whole.length)
    const bytes = Buffer.from(whole)
    if (number % 2) bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << randomInt(8)), at)
    writeFileSync(file, number % 2 ? bytes : bytes.subarray(0, at))
    const end = await verifyDump(file, 'foreign', context).catch(codeOf)
    expect(end, `byte ${at}`).toBe('POSTGRES_DUMP_DAMAGED')
  }
})
