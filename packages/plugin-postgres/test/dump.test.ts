import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { mustRun, runCommand, startCli, startSampler, waitUntil } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { accessOptions, databases, makeProject, makeShop, type PostgresPlace, password, type Shop, startPostgresPlace } from './project.ts'

let place: PostgresPlace
let shop: Shop

beforeAll(async () => {
  place = await startPostgresPlace()
})
afterEach(() => shop?.remove())
afterAll(() => place?.stop())

const dumps = () => join(shop.project.directory, 'dumps')
const files = () => readdirSync(dumps()).sort()
const newest = () => readlinkSync(join(dumps(), 'latest.dump'))

test.each(['peer', 'scram'] as const)('by %s: a dump is private and complete, and can be restored by hand', async (way) => {
  const { server } = place
  shop = await makeProject(place, { way })
  await makeShop(server, shop.from)
  expect(await shop.ends(0, 'test', 'database.dump')).toMatch(/203 rows of 3 tables, 1 large object/)
  expect(statSync(dumps()).mode & 0o777).toBe(0o700)
  expect(statSync(join(dumps(), newest())).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dumps(), '.gitignore'), 'utf8')).toBe('*\n')
  expect(files()).toEqual(['.gitignore', newest(), `${newest()}.json`, 'latest.dump'].sort())
  const manifest = JSON.parse(readFileSync(join(dumps(), `${newest()}.json`), 'utf8'))
  const rows = { '"public"."users"': 200, '"public"."Odd ""name"': 3, '"public"."empty"': 0 }
  expect(manifest).toMatchObject({ environment: 'test', database: shop.from, rows })
  expect((await mustRun(['sha256sum', join(dumps(), newest())])).slice(0, 64)).toBe(manifest.sha256)
  await server.sql('postgres', `CREATE DATABASE ${shop.from}_hand`)
  const restored = await runCommand(
    [`${server.bin}/pg_restore`, '-h', server.socket, '-p', String(server.port), '-d', `${shop.from}_hand`],
    {
      as: server.user,
      stdin: readFileSync(join(dumps(), newest())),
      cwd: '/',
    },
  )
  expect(restored.status, restored.stderr).toBe(0)
  expect(await server.sql(`${shop.from}_hand`, 'SELECT count(*) FROM users')).toBe('200')
})

/** A folder of programs with a pg_dump that runs this script. */
function withPgDump(script: string): string {
  const bin = join(place.hosts.directory, 'web1/root/bin')
  rmSync(bin, { recursive: true, force: true })
  mkdirSync(bin)
  for (const each of ['psql', 'pg_restore']) symlinkSync(join(place.server.bin, each), join(bin, each))
  writeFileSync(join(bin, 'pg_dump'), `#!/bin/sh\n[ "$1" != --version ] || exec ${place.server.bin}/pg_dump --version\n${script}\n`, {
    mode: 0o755,
  })
  return bin
}

const faults = {
  'fails at its start': ['echo "pg_dump: error: no luck" >&2; exit 1', /no luck/],
  'is cut off, and exits with 0': ['"$REAL/pg_dump" "$@" | head -c 3000; exit 0', /POSTGRES_DUMP_DAMAGED/],
  'is killed in the middle': ['"$REAL/pg_dump" "$@" | head -c 3000; kill -9 $$', /POSTGRES_FAILED/],
  'writes nothing': ['exit 0', /POSTGRES_DUMP_DAMAGED/],
  'writes a long archive that cannot be read': ['printf PGDMP; head -c 20000000 /dev/zero', /POSTGRES_DUMP_UNREADABLE/],
  'writes long data that cannot be unpacked': ["printf '\\037\\213'; head -c 20000000 /dev/zero", /POSTGRES_DUMP_DAMAGED/],
  'finds a full disk': ['echo "pg_dump: error: could not write: No space left on device" >&2; exit 1', /DISK_FULL/],
} as const

test('a pg_dump that fails in any way leaves the last good dump unchanged, and leaves nothing behind', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  await shop.ends(0, 'test', 'database.dump')
  const state = () => ({ files: files(), newest: newest(), bytes: readFileSync(join(dumps(), newest())) })
  const before = state()
  for (const [how, [script, said]] of Object.entries(faults)) {
    const bin = withPgDump(script.replaceAll('$REAL', server.bin))
    expect(await shop.ends(1, 'test', 'database.dump', '--set', `postgres.binDir=${bin}`), how).toMatch(said)
    expect(state(), how).toEqual(before)
  }
  const bin = withPgDump('exit 1')
  writeFileSync(join(bin, 'pg_dump'), '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n', { mode: 0o755 })
  expect(await shop.ends(1, 'test', 'database.dump', '--set', `postgres.binDir=${bin}`)).toMatch(/POSTGRES_VERSION/)
})

test('a partial dump never has a dump’s name, even if the connection is lost or the client is killed', async () => {
  const { server, hosts } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from, { rows: 60_000 })
  await shop.ends(0, 'test', 'database.dump')
  const good = newest()
  const dumping = () => readdirSync(dumps()).find((name) => /^\.partial-\d+-\d+$/.test(name))
  for (const kind of ['cut', 'kill']) {
    const bin = withPgDump(`"${server.bin}/pg_dump" "$@" | { head -c 100000; sleep 30; cat; }`)
    const running = startCli(['test', 'database.dump', '--set', `postgres.binDir=${bin}`], {
      cwd: shop.project.directory,
      env: shop.project.env,
    })
    await waitUntil('a dump that has begun', () => {
      const name = existsSync(dumps()) && dumping()
      return name && statSync(join(dumps(), name)).size >= 90_000
    })
    if (kind === 'kill') running.kill('SIGKILL')
    else hosts.hosts[0]?.killConnections()
    const { status, stdout, stderr } = await running.result
    expect(status, stdout + stderr).toBe(kind === 'kill' ? 137 : 1)
    expect(newest()).toBe(good)
    expect(files().filter((name) => name.endsWith('.dump') && name !== 'latest.dump')).toEqual([good])
  }
  // The next dump removes the file that the killed one left behind.
  await shop.ends(0, 'test', 'database.dump')
  expect(dumping()).toBeUndefined()
})

test('reads the output of dumpWith to its end, as an archive, SQL or .sql.gz, and removes the oldest dumps', async () => {
  const { server } = place
  shop = await makeProject(place, { postgres: { keepDumps: 2 } })
  await makeShop(server, shop.from)
  await makeShop(server, shop.to, { rows: 1 })
  for (const dumpWith of ['pg_dump -Fc -Z0 --exclude-table-data=users', 'pg_dump', 'pg_dump | gzip']) {
    await shop.ends(0, 'test', 'database.dump', '--set', `postgres.dumpWith=${dumpWith}`)
    await shop.ends(0, 'next', 'database.push')
    const users = await server.sql(shop.to, `SELECT count(*) FROM users`)
    expect([users, await server.sql(shop.to, `SELECT count(*) FROM "Odd ""name"`)]).toEqual([dumpWith.includes('-Fc') ? '0' : '200', '3'])
  }
  expect(files().filter((name) => name.endsWith('.dump') && name !== 'latest.dump')).toHaveLength(2)
  expect(await shop.ends(1, 'test', 'database.dump', '--set', 'postgres.dumpWith=echo half; exit 3')).toContain('postgres.dumpWith')
  expect(await databases(server, shop.to)).toHaveLength(2)
})

test('two databases of one environment keep and restore their own dumps', async () => {
  const { server } = place
  shop = await makeProject(place, { postgres: { keepDumps: 1 } })
  await makeShop(server, shop.from)
  await makeShop(server, shop.to, { rows: 7 })
  const second = ['--set', `postgres.name=${shop.to}`]
  for (const more of [[], second, second]) await shop.ends(0, 'test', 'database.dump', ...more)
  expect(files().filter((name) => name.endsWith('.dump') && name !== 'latest.dump')).toHaveLength(2)
  await shop.ends(0, 'test', 'database.restore', '--yes')
  expect(await server.sql(shop.from, 'SELECT count(*) FROM users')).toBe('200')
})

test('a full disk ends a dump on this machine too, and leaves nothing behind', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from, { rows: 20_000 })
  const small = join(shop.project.directory, 'small')
  mkdirSync(small)
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', small])
  try {
    const at = join(shop.project.directory, 'app')
    const local = { hosts: [{ name: 'local', path: at, stateDir: `${at}/.dragonfab` }], postgres: { name: shop.from, dumps: 'small' } }
    await shop.project.config({ plugins: ['postgres'], postgres: accessOptions(server, 'scram'), environments: { test: local } })
    expect(await shop.ends(1, 'test', 'database.dump', '--set', `postgres.binDir=${server.bin}`)).toContain('DISK_FULL')
    expect(readdirSync(small)).toEqual(['.gitignore'])
  } finally {
    await mustRun(['umount', small])
  }
})

test('a password is in no process list, file or output', async () => {
  const { server } = place
  shop = await makeProject(place, { way: 'scram' })
  await makeShop(server, shop.from, { rows: 20_000 })
  await makeShop(server, shop.to, { rows: 1 })
  await shop.project.write('secret.txt', password)
  await shop.project.write(
    'dragonfab.config.mjs',
    `import { defineConfig, secret } from 'dragonfab'
import postgres from '@dragonfab/plugin-postgres'
const path = ${JSON.stringify(shop.project.path('web1'))}
const hosts = [{ name: 'web1', path, stateDir: path + '/.dragonfab' }]
const common = { host: '127.0.0.1', port: ${server.port}, dba: 'boss', dbaPassword: secret.file('secret.txt') }
export default defineConfig({
  appName: 'shop',
  plugins: [postgres(common)],
  environments: { test: { hosts, postgres: { name: '${shop.from}' } }, next: { hosts, postgres: { name: '${shop.to}' } } },
})
`,
  )
  rmSync(join(shop.project.directory, 'dragonfab.config.json'))
  const sampler = await startSampler([password, password.replace(/[\\:]/g, '\\$&')])
  const output = [await shop.ends(0, 'test', 'database.dump', '--verbose'), await shop.ends(0, 'next', 'database.push', '--verbose')].join(
    '',
  )
  const { seen, read } = await sampler.stop()
  expect(read).toBeGreaterThan(0)
  expect(seen).toEqual([])
  expect(output).not.toContain(password)
  const found = await runCommand(['grep', '-rlF', '--', password, dumps(), shop.project.path('web1')])
  expect(found.stdout).toBe('')
  truncateSync(join(dumps(), newest()), 10)
  expect(await shop.ends(1, 'next', 'database.push')).toContain('POSTGRES_DUMP_DAMAGED')
})
