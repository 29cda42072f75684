import type { Postgres } from '@dragonfab/test-kit'

/** Tables, rows and all else that a dump must carry. */
export const shopSql = (rows = 200) => `
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, note text);
INSERT INTO users (email, note) SELECT 'u' || g || '@example.org', E'a\\tb\\nc\\\\d ' || md5(g::text) FROM generate_series(1, ${rows}) g;
CREATE TABLE "Odd ""name" ("a b" int, t text);
INSERT INTO "Odd ""name" VALUES (1, '\\.'), (2, E'\\n\\n\\n'), (3, NULL);
CREATE TABLE empty (x int);
CREATE VIEW active AS SELECT * FROM users WHERE id % 2 = 0;
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT x * 2';
SELECT lo_create(4242);
SELECT lo_put(4242, 0, decode(repeat('abcdef', 3000), 'hex'));
`

/** Makes a database of this role, made with its login password when it is missing. */
export async function makeShop(
  server: Postgres,
  database: string,
  options: { readonly owner?: string; readonly password?: string; readonly rows?: number } = {},
) {
  const { owner = 'shop', password = 'pw', rows } = options
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
  await server.sql(
    'postgres',
    `SELECT 'CREATE ROLE ${owner} LOGIN PASSWORD ''${password.replaceAll("'", "''''")}''' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${owner}') \\gexec
CREATE DATABASE ${quoted(database)} OWNER ${owner};`,
  )
  await server.sql(database, `SET ROLE ${owner};${shopSql(rows)}`)
}
