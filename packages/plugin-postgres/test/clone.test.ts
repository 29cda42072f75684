import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { databases, makeProject, makeShop, type PostgresPlace, password, type Shop, startPostgresPlace } from './project.ts'

let place: PostgresPlace
let shop: Shop

beforeAll(async () => {
  place = await startPostgresPlace()
})
afterEach(() => shop?.remove())
afterAll(() => place?.stop())

/** A reference to a person by a natural key, a trigger on the table, and a copy of its data. */
const people = `SET ROLE shop;
ALTER TABLE users ADD phone varchar(12), ADD label citext_or_text, ADD token uuid DEFAULT gen_random_uuid();
UPDATE users SET phone = '030-' || id, label = 'L' || id;
CREATE TABLE orders (id int, user_email text REFERENCES users (email), user_phone text);
INSERT INTO orders SELECT id, email, phone FROM users;
CREATE TABLE audit (was text);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (OLD.email); RETURN NEW; END';
CREATE TRIGGER watch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION watch();
ALTER TABLE users ENABLE ALWAYS TRIGGER watch;
CREATE MATERIALIZED VIEW mails AS SELECT email FROM users;
`.replaceAll('citext_or_text', 'text')

const mask = {
  'users.email': 'hash',
  'orders.user_email': 'hash',
  'users.phone': { constant: '000' },
  'orders.user_phone': 'null',
  'users.token': 'hash',
}

test('clones the current source by peer authentication, masked, with joins and triggers intact', async () => {
  const { server } = place
  shop = await makeProject(place, { postgres: { mask } })
  await makeShop(server, shop.from)
  await server.sql(shop.from, people)
  await makeShop(server, shop.to, { rows: 7 })
  const before = await server.sql(shop.from, 'SELECT md5(string_agg(u::text, $$|$$ ORDER BY id)) FROM users u')
  const output = await shop.ends(0, 'next', 'database.clone:test')
  expect(output).toContain('5 columns masked')
  expect(output).not.toContain('look personal')
  const query = `SELECT count(*), count(*) FILTER (WHERE u.email ~ '^[0-9a-f]{20}@example.invalid$'), count(DISTINCT u.email), count(DISTINCT u.token),
    count(o.*), string_agg(DISTINCT phone, ','), count(user_phone), count(label) FROM users u LEFT JOIN orders o ON o.user_email = u.email`
  expect(await server.sql(shop.to, query)).toBe('200|200|200|200|200|000|0|200')
  expect(await server.sql(shop.to, 'SELECT count(*) FROM audit')).toBe('0')
  expect(await server.sql(shop.to, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'watch'")).toBe('A')
  expect(await server.sql(shop.to, "SELECT count(*) FROM mails WHERE email LIKE 'u%@example.org'")).toBe('0')
  expect(await server.sql(shop.to, "SELECT has_database_privilege('reader', current_database(), 'CONNECT')")).toBe('t')
  // The files of the tables contain no masked value any more.
  const file = await server.sql(shop.to, "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('users')")
  await server.sql(shop.to, 'CHECKPOINT')
  const found = await server.sql('postgres', `SELECT position('u17@example.org'::bytea IN pg_read_binary_file('${file}'))`)
  expect(found).toBe('0')
  expect(await server.sql(shop.from, 'SELECT md5(string_agg(u::text, $$|$$ ORDER BY id)) FROM users u')).toBe(before)
  expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
})

test('by password: lists columns that look personal, and with requireMask refuses them before any change', async () => {
  const { server } = place
  shop = await makeProject(place, { way: 'scram', next: { cloneFrom: 'test', user: 'shop' } })
  await makeShop(server, shop.from)
  const output = await shop.ends(0, 'next', 'db_clone')
  expect(output).toContain("'users.email': 'hash',")
  expect(await server.sql(shop.to, "SELECT count(*) FROM users WHERE email LIKE 'u%@example.org'")).toBe('200')
  await server.sql(shop.to, 'DELETE FROM users')
  const refused = await shop.ends(1, 'next', 'database.clone:test', '--set', 'postgres.requireMask=true')
  expect(refused).toContain('POSTGRES_UNMASKED')
  expect(refused).toContain("'users.email': 'hash'")
  expect(await server.sql(shop.to, 'SELECT count(*) FROM users')).toBe('0')
  await shop.ends(0, 'next', 'database.clone:test', '--set', 'postgres.requireMask=true', '--set', 'postgres.mask={"users.email":"keep"}')
  expect(await server.sql(shop.to, 'SELECT count(*) FROM users')).toBe('200')
  expect(refused).not.toContain(password)
})

test('refuses a mask that fits no column, a protected target, the environment itself, and an unknown one', async () => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  await makeShop(server, shop.to, { rows: 7 })
  const wrong = await shop.ends(
    1,
    'next',
    'database.clone:test',
    '--set',
    'postgres.mask={"users.mail":"hash","users.id":"null","active.x":{"constant":1}}',
  )
  expect(wrong).toContain('users.mail is not in the database; users.id may not be null')
  // Only the rows themselves refuse this one. It is found in the new database, which is dropped.
  const twice = await shop.ends(1, 'next', 'database.clone:test', '--set', 'postgres.mask={"users.email":{"constant":"same"}}')
  expect(twice).toContain('duplicate key')
  expect(await databases(server, shop.to)).toEqual([shop.to])
  expect(await shop.ends(1, 'production', 'database.clone:test', '--yes', '--set', `postgres.name=${shop.to}`)).toContain(
    'POSTGRES_PROTECTED',
  )
  expect(await shop.ends(1, 'next', 'database.clone:next')).toContain('POSTGRES_SAME')
  expect(await shop.ends(1, 'next', 'database.clone:tset')).toContain('did you mean "test"')
  expect(await shop.ends(2, 'next', 'database.clone')).toContain('postgres.cloneFrom')
  expect(await server.sql(shop.to, 'SELECT count(*) FROM users')).toBe('7')
})
