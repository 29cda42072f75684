import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun, type Postgres } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { accessOptions, makeProject, makeShop, type PostgresPlace, password, type Shop, startPostgresPlace } from './project.ts'

let place: PostgresPlace
let shop: Shop

beforeAll(async () => {
  place = await startPostgresPlace(2)
})
afterEach(() => shop?.remove())
afterAll(() => place?.stop())

/** A small migration tool as projects write them: files of SQL in order, each in one transaction, and a table of those that are applied. */
const tool = `#!/bin/sh
set -eu
. ./database.conf
export PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD="\${DATABASE_PASSWORD:-$password}"
ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
[ -n "$(ask -c "SELECT to_regclass('migrations')")" ] || ask -c 'CREATE TABLE migrations (name text PRIMARY KEY, host text)'
for file in migrations/*.sql; do
  name=\${file##*/}
  mark='[X]'
  if [ "$(ask -c "SELECT count(*) FROM migrations WHERE name = '$name'")" = 0 ]; then
    mark='[ ]'
    if [ "\${1-}" != list ]; then
      ask -1 -f "$file" -c "INSERT INTO migrations VALUES ('$name', '$(cat host)')"
      echo "applied $name"
    fi
  fi
  [ "\${1-}" != list ] || echo "$mark $name"
done
`

/** Puts an application with two migrations into a folder of a host. */
async function application(server: Postgres, { project, from }: Shop, host: string, folder: string, hasPassword = true): Promise<void> {
  const path = join(project.path(host), folder)
  await mkdir(join(path, 'migrations'), { recursive: true, mode: 0o755 })
  const settings = {
    PGHOST: '127.0.0.1',
    PGPORT: String(server.port),
    PGDATABASE: from,
    PGUSER: 'shop',
    ...(hasPassword && { password }),
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'`)
  await writeFile(join(path, 'database.conf'), `${lines.join('\n')}\n`)
  await writeFile(join(path, 'host'), host)
  await writeFile(join(path, 'migrate'), tool, { mode: 0o755 })
  await writeFile(join(path, 'migrations/001_price.sql'), 'ALTER TABLE users ADD price int;')
  await writeFile(join(path, 'migrations/002_fill.sql'), 'UPDATE users SET price = id;')
  await mustRun(['chown', '-R', `${place.hosts.user.uid}:${place.hosts.user.gid}`, project.path(host)])
}

const dumpsOf = async ({ project }: Shop) =>
  (await readdir(join(project.directory, 'dumps')).catch(() => [])).filter((name) => /^\d.*\.dump$/.test(name))

const commands = { migrate: './migrate', pending: './migrate list' }

/** Without releases, the application is in \`path\` of both hosts. */
async function makeShopInPath(): Promise<void> {
  // The hosts are one machine and user in this test, so each needs its own state folder.
  shop = await makeProject(place, { postgres: commands, more: { stateDir: '%(path)s/.dragonfab' } })
  await makeShop(place.server, shop.from)
  for (const { name } of place.hosts.hosts) await application(place.server, shop, name, '.')
}

test('lists pending migrations, dumps, and migrates once for all hosts; without pending ones it does not dump', async () => {
  await makeShopInPath()
  const { server, hosts } = place
  const output = await shop.ends(0, 'test', 'database.migrate')
  expect(output).toContain('2 pending migrations:')
  expect(output).toContain('[ ] 001_price.sql')
  expect(output).toContain('applied 002_fill.sql')
  expect(await server.sql(shop.from, 'SELECT count(price) FROM users')).toBe('200')
  expect(await server.sql(shop.from, 'SELECT DISTINCT host FROM migrations')).toBe(hosts.hosts[0]?.name)
  // The dump was made before the migration, so it has no such column.
  const [dump, ...more] = await dumpsOf(shop)
  expect(more).toEqual([])
  expect(dump).toContain(shop.from)
  const again = await shop.ends(0, 'test', 'db_migrate')
  expect(again).toContain('no migration is pending')
  expect(await dumpsOf(shop)).toHaveLength(1)
  await shop.ends(0, 'test', 'database.restore', '--yes')
  expect(await server.sql(shop.from, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'price'")).toBe('0')
})

test('a failed migration is reported, and keeps the dump and the migrations before it', async () => {
  await makeShopInPath()
  const { server, hosts } = place
  for (const { name } of hosts.hosts) await writeFile(join(shop.project.path(name), 'migrations/002_fill.sql'), 'SELECT 1/0;')
  const output = await shop.ends(1, 'test', 'database.migrate')
  expect(output).toContain('POSTGRES_MIGRATE')
  expect(output).toContain('division by zero')
  expect(output).toContain('dragonfab test database.restore')
  expect(await dumpsOf(shop)).toHaveLength(1)
  expect(await server.sql(shop.from, 'SELECT name FROM migrations')).toBe('001_price.sql')
})

test('migrates nothing if the list or the dump cannot be made', async () => {
  await makeShopInPath()
  const { server } = place
  const unlisted = await shop.ends(1, 'test', 'database.migrate', '--set', 'postgres.pending=echo no such application >&2; exit 3')
  expect(unlisted).toContain('no such application')
  expect(unlisted).toContain('POSTGRES_MIGRATE')
  expect(await shop.ends(1, 'test', 'database.migrate', '--set', `postgres.name=${shop.to}`)).toContain('POSTGRES_NO_DATABASE')
  expect(await server.sql(shop.from, "SELECT coalesce(to_regclass('migrations')::text, 'none')")).toBe('migrations')
  expect(await server.sql(shop.from, 'SELECT count(*) FROM migrations')).toBe('0')
})

test('as a hook it runs once, in the new release, with its dotenv, before any host switches; if it fails, no release goes live', async () => {
  const { server, hosts } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  const folders = Object.fromEntries(hosts.hosts.map(({ name }) => [name, shop.project.path(name)]))
  for (const name of Object.keys(folders)) await application(server, shop, name, 'source', false)
  await shop.project.write(
    'dragonfab.config.mjs',
    `export default ${JSON.stringify({
      appName: 'shop',
      plugins: ['release', 'postgres'],
      postgres: { ...accessOptions(server, 'peer'), ...commands, name: shop.from },
      dotenv: { DATABASE_PASSWORD: password },
      environments: { test: { hosts: Object.entries(folders).map(([name, path]) => ({ name, path })) } },
    }).slice(0, -1)}, hooks: {
      'deploy.updating': ({ env, sh }) => sh\`cp -R \${env.path}/source/. \${env.releasePath}\`,
      'deploy.updated': 'database.migrate',
      'deploy.publishing': ({ env, sh }) => sh\`ls \${env.releasePath}/.env >/dev/null\`,
    } }`,
  )
  await rm(join(shop.project.directory, 'dragonfab.config.json'))
  const output = await shop.ends(0, 'test', 'deploy')
  expect(output).toContain('2 pending migrations:')
  expect(await server.sql(shop.from, 'SELECT count(*), min(host), max(host) FROM migrations')).toBe(
    `2|${hosts.hosts[0]?.name}|${hosts.hosts[0]?.name}`,
  )
  expect(output).not.toContain(password)
  const [first] = Object.values(folders)
  const live = async () => (await readdir(join(first ?? '', 'releases'))).length
  expect(await live()).toBe(1)
  for (const path of Object.values(folders)) await writeFile(join(path, 'source/migrations/003_bad.sql'), 'SELECT 1/0;')
  const failed = await shop.ends(1, 'test', 'deploy')
  expect(failed).toContain('division by zero')
  expect(await dumpsOf(shop)).toHaveLength(2)
})
