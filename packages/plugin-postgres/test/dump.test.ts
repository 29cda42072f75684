import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CliProject,
  cliProject,
  command,
  databaseName,
  must,
  type Postgres,
  type SshHosts,
  startPostgres,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeShop } from './shop.ts'

let hosts: SshHosts
let server: Postgres
let shop: CliProject
let name: string
const password = `p:a\\s's w"d$`

beforeAll(async () => {
  hosts = await startSshHosts(1, { user: 'sudo-nopass' })
  server = await startPostgres()
})
afterEach(() => shop?.remove())
afterAll(async () => {
  await Promise.all([hosts?.stop(), server?.remove()])
})

/** A project whose database is reached by peer, or by scram over TCP. */
async function project(way: 'peer' | 'scram', more: object = {}): Promise<void> {
  name = databaseName()
  await makeShop(server, name, { password })
  shop = await cliProject(hosts, { packages: ['plugin-postgres'], env: { PGW: password } })
  const by = way === 'peer' ? { host: server.socket } : { host: '127.0.0.1', user: 'shop', password }
  await shop.config({ plugins: ['postgres'], postgres: { name, port: server.port, ...by, ...more } })
}

async function good(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await shop.run(...words)
  expect(status, stdout + stderr).toBe(0)
  return stdout + stderr
}

const dumps = () => join(shop.directory, 'dumps')
const files = () => readdirSync(dumps()).sort()
const newest = () => readlinkSync(join(dumps(), 'latest.dump'))

test.each(['peer', 'scram'] as const)('by %s: a dump is private, whole, and restores by hand', async (way) => {
  await project(way)
  const told = await good('test', 'database.dump')
  expect(told).toMatch(/203 rows of 3 tables, 1 large object/)
  expect(statSync(dumps()).mode & 0o777).toBe(0o700)
  expect(statSync(join(dumps(), newest())).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dumps(), '.gitignore'), 'utf8')).toBe('*\n')
  expect(files()).toEqual(['.gitignore', newest(), `${newest()}.json`, 'latest.dump'].sort())
  const manifest = JSON.parse(readFileSync(join(dumps(), `${newest()}.json`), 'utf8'))
  expect(manifest).toMatchObject({
    environment: 'test',
    database: name,
    rows: { '"public"."users"': 200, '"public"."Odd ""name"': 3, '"public"."empty"': 0 },
  })
  expect(JSON.stringify(manifest)).not.toContain(password)
  expect((await must(['sha256sum', join(dumps(), newest())])).slice(0, 64)).toBe(manifest.sha256)
  const file = readFileSync(join(dumps(), newest()))
  const by = databaseName('by_hand')
  await server.sql('postgres', `CREATE DATABASE ${by}`)
  const restored = await command([`${server.bin}/pg_restore`, '-h', server.socket, '-p', String(server.port), '-d', by], {
    as: server.user,
    stdin: file,
    cwd: '/',
  })
  expect(restored.status, restored.stderr).toBe(0)
  expect(await server.sql(by, 'SELECT count(*) FROM users')).toBe('200')
})
