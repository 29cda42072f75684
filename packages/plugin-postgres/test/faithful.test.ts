import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { databaseName, runAtTerminal } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { databases, makeProject, makeShop, type PostgresPlace, type Shop, startPostgresPlace } from './project.ts'

let place: PostgresPlace
let shop: Shop

beforeAll(async () => {
  place = await startPostgresPlace()
})
afterEach(() => shop?.remove())
afterAll(() => place?.stop())

const users = (name = shop.to) => place.server.sql(name, 'SELECT count(*) FROM users')

test('replaces a database’s contents, and keeps its owner, privileges and settings', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  await makeShop(server, shop.to, { rows: 1 })
  await server.sql(
    shop.from,
    'CREATE EXTENSION pg_trgm; GRANT SELECT ON users TO reader; ALTER DATABASE CURRENT SET work_mem TO 1'.replace(
      'ALTER DATABASE CURRENT SET work_mem TO 1',
      '',
    ),
  )
  await server.sql(
    'postgres',
    `DROP ROLE IF EXISTS other; CREATE ROLE other; ALTER DATABASE ${shop.to} OWNER TO other;
COMMENT ON DATABASE ${shop.to} IS 'it''s the \\ target'; ALTER DATABASE ${shop.to} SET search_path TO "$user", public, pg_temp;
ALTER ROLE reader IN DATABASE ${shop.to} SET work_mem TO '7MB'; REVOKE CONNECT ON DATABASE ${shop.to} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${shop.to} TO reader; ALTER DATABASE ${shop.to} CONNECTION LIMIT 33`,
  )
  const about = `SELECT pg_get_userbyid(datdba), datcollate, datctype, encoding, datconnlimit, (SELECT string_agg(acl::text, ' ' ORDER BY acl::text) FROM unnest(datacl) acl), shobj_description(d.oid, 'pg_database'),
    (SELECT string_agg(setrole::regrole || setconfig::text, ' ' ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)
    FROM pg_database d WHERE datname = '${shop.to}'`
  const before = await server.sql('postgres', about)
  await shop.ends(0, 'test', 'database.dump')
  await shop.ends(0, 'next', 'database.push')
  expect(await server.sql('postgres', about)).toBe(before)
  const owners = `SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace`
  expect(await server.sql(shop.to, owners)).toBe('other')
  expect(
    await server.sql(shop.to, "SELECT has_table_privilege('reader', 'users', 'SELECT'), has_table_privilege('reader', 'empty', 'SELECT')"),
  ).toBe('t|f')
  expect(await server.sql(shop.to, "SELECT extname FROM pg_extension WHERE extname = 'pg_trgm'")).toBe('pg_trgm')
  expect(
    await server.sql(
      shop.to,
      'SELECT md5(lo_get(4242)) = md5(decode(repeat($$abcdef$$, 3000), $$hex$$)), pg_get_userbyid(lomowner) FROM pg_largeobject_metadata',
    ),
  ).toBe('t|other')
  expect(await server.sql(shop.to, 'SELECT nextval($$users_id_seq$$), twice(4)')).toBe('201|8')
  const digest = 'SELECT md5(string_agg(u::text, $$|$$ ORDER BY id)) FROM users u'
  expect(await server.sql(shop.to, digest)).toBe(await server.sql(shop.from, digest))
})

test('a dump that cannot be restored completely leaves the live database unchanged, and leaves nothing behind', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  await makeShop(server, shop.to, { rows: 7 })
  await server.sql(shop.from, 'CREATE ROLE passing; GRANT SELECT ON users TO passing')
  await shop.ends(0, 'test', 'database.dump')
  await server.sql(shop.from, 'DROP OWNED BY passing; DROP ROLE passing')
  const file = join(shop.project.directory, 'dump.sql')
  const plain = async (text: string) => writeFileSync(file, text)
  expect(await shop.ends(1, 'next', 'database.push')).toMatch(/role "passing" does not exist[\s\S]*POSTGRES_ROLE/)
  await plain('CREATE EXTENSION nothing_of_this_name;\n')
  expect(await shop.ends(1, 'next', 'database.push:dump.sql')).toContain('nothing_of_this_name')
  await plain(`\\connect ${shop.to}\nDROP TABLE users;\n`)
  expect(await shop.ends(1, 'next', 'database.push:dump.sql')).toContain('POSTGRES_DUMP_OTHER_DATABASE')
  await plain('-- PostgreSQL database dump\nCREATE TABLE t (x int);\n')
  expect(await shop.ends(1, 'next', 'database.push:dump.sql')).toContain('POSTGRES_DUMP_DAMAGED')
  expect(await shop.ends(1, 'next', 'database.push:nothing.dump')).toContain('POSTGRES_NO_DUMP')
  expect([await users(), await databases(server, shop.to)]).toEqual(['7', [shop.to]])
  await shop.ends(0, 'next', 'database.push', '--set', 'postgres.grants=false')
  expect(await users()).toBe('200')
})

/** Like a dump of an extension with a table of settings: CREATE EXTENSION fills the table, and the dump has only the rows that users added. */
const seeded = `-- PostgreSQL database dump
RESET ROLE;
CREATE EXTENSION pg_trgm;
CREATE TABLE "größe" (x int);
INSERT INTO "größe" VALUES (1), (2);
COPY public."größe" (x) FROM stdin;
3
\\.
`

test('allows rows that an extension adds itself, and refuses any other difference', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.to, { rows: 7 })
  const push = async (status: number, more: string) => {
    writeFileSync(join(shop.project.directory, 'dump.sql'), `${seeded}${more}-- PostgreSQL database dump complete\n`)
    return await shop.ends(status, 'next', 'database.push:dump.sql')
  }
  expect(await push(1, '')).toMatch(/"größe" has 3 rows, but the dump has 1[\s\S]*POSTGRES_COUNTS/)
  expect(await users()).toBe('7')
  const filled = `UPDATE pg_extension SET extconfig = ARRAY['größe'::regclass::oid], extcondition = ARRAY['WHERE x > 2'] WHERE extname = 'pg_trgm';\n`
  expect(await push(1, `${filled}DELETE FROM "größe";\n`)).toMatch(/"größe" has 0 rows, but the dump has 1[\s\S]*POSTGRES_COUNTS/)
  await push(0, filled)
  expect(await server.sql(shop.to, 'SELECT count(*) FROM "größe"')).toBe('3')
})

test('a protected database is protected from every environment, and force_push replaces it', async () => {
  const { server } = place
  const names = [databaseName('from'), databaseName('to')] as const
  shop = await makeProject(place, { names, production: { name: names[1] } })
  await makeShop(server, shop.from)
  await makeShop(server, shop.to, { rows: 7 })
  await shop.ends(0, 'test', 'database.dump')
  // Nothing has marked the database yet, so only the config shows that it is protected.
  expect(await shop.ends(1, 'next', 'database.push', '--yes')).toContain('is protected (it is the database of production)')
  expect(await shop.ends(1, 'test', 'database.push', '--yes', '--set', `postgres.name=${shop.to}`)).toContain(
    'it is the database of production',
  )
  expect(await shop.ends(1, 'production', 'database.push', '--yes')).toContain('POSTGRES_PROTECTED')
  // Now the database itself is marked, so neither `next` nor another machine may replace it.
  const output = await shop.ends(1, 'next', 'database.push', '--yes')
  expect(output).toContain('POSTGRES_PROTECTED')
  const other = await makeProject(place, { names })
  await other.ends(0, 'test', 'database.dump')
  expect(await other.ends(1, 'next', 'database.push', '--yes')).toContain('dragonfab.protected')
  await other.project.remove()
  expect(await users()).toBe('7')
  // At a terminal its own name must be typed.
  const typed = (answer: string) => {
    const { directory, env } = (shop as Shop).project
    return runAtTerminal(['production', 'database.push'], { cwd: directory, env, typed: [[`Type ${names[1]} to go on:`, `${answer}\r`]] })
  }
  const mistyped = await typed(names[0])
  expect(mistyped.status, mistyped.said).toBe(1)
  expect(mistyped.said).toContain('POSTGRES_PROTECTED')
  expect(await users()).toBe('7')
  const right = await typed(names[1])
  expect(right.status, right.said).toBe(0)
  expect(await users()).toBe('200')
  await server.sql(shop.to, 'DELETE FROM users WHERE id > 7')
  await shop.ends(0, 'production', 'database.force_push')
  expect(await users()).toBe('200')
  // The new live database has the mark too.
  expect(await shop.ends(1, 'next', 'database.push')).toContain('POSTGRES_PROTECTED')
})

test('restoring a database over itself asks, and says what would be lost', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  await shop.ends(0, 'test', 'database.dump')
  await server.sql(shop.from, 'INSERT INTO empty SELECT generate_series(1, 5); SELECT pg_stat_force_next_flush()')
  expect(await shop.ends(1, 'test', 'database.push')).toMatch(/5 rows have been written to it since[\s\S]*POSTGRES_SAME/)
  expect(await shop.ends(1, 'test', 'database.push:dumps/latest.dump')).toMatch(/5 rows have been written to it since[\s\S]*POSTGRES_SAME/)
  await shop.ends(0, 'test', 'database.restore', '--yes')
  expect(await server.sql(shop.from, 'SELECT count(*) FROM empty')).toBe('0')
})

test('accepts any characters in names, and creates a missing database', async () => {
  const { server } = place
  shop = await makeProject(place, {
    names: [`it's "A" $x;é= ${process.pid}`, `dbname=\\ 'B' ${'ü'.repeat(20)} ${process.pid}`].map((name) => name.replace('%%', '')) as [
      string,
      string,
    ],
  })
  await makeShop(server, shop.from)
  await shop.ends(0, 'test', 'database.dump')
  await shop.ends(0, 'next', 'database.push', '--set', 'postgres.user=shop')
  await shop.ends(0, 'next', 'database.push')
  expect(await users()).toBe('200')
  expect(await databases(server, 'dbname=')).toHaveLength(2)
})
