import { randomBytes } from 'node:crypto'
import {
  type CliProject,
  type CommandResult,
  createCliProject,
  databaseName,
  type Postgres,
  type SshHosts,
  startPostgres,
  startSshHosts,
} from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** The password of every role that tests make, with characters that are special in a password file and in a shell. */
export const password = `p:a\\s's w"d$${randomBytes(6).toString('hex')}`

/** A server, a host that reaches it, and a user's project. */
export interface PostgresPlace {
  readonly hosts: SshHosts
  readonly server: Postgres
  stop(): Promise<void>
}

export async function startPostgresPlace(count = 1): Promise<PostgresPlace> {
  const [hosts, server] = await Promise.all([startSshHosts(count, { user: 'sudo-nopass' }), startPostgres()])
  const roles = ['shop LOGIN', 'boss LOGIN SUPERUSER', 'reader LOGIN'].map(
    (role) => `CREATE ROLE ${role} PASSWORD ${quotedText(password)};`,
  )
  await server.sql('postgres', roles.join('\n'))
  return {
    hosts,
    server,
    stop: async () => {
      await Promise.all([hosts.stop(), server.remove()])
    },
  }
}

const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`
const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Tables, rows and everything else that a dump must contain. */
const shopSql = (rows: number) => `
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

/** Makes a database of `shop`, with something of everything in it. */
export async function makeShop(
  server: Postgres,
  name: string,
  options: { readonly owner?: string; readonly rows?: number } = {},
): Promise<void> {
  const { owner = 'shop', rows = 200 } = options
  await server.sql('postgres', `CREATE DATABASE ${quotedName(name)} OWNER ${owner}`)
  await server.sql(name, `SET ROLE ${owner};${shopSql(rows)}`)
}

/** A user's project with two environments, `test` and `next`, each with its own database. */
export interface Shop {
  readonly project: CliProject
  /** The database of `test`. */
  readonly from: string
  /** The database of `next`. */
  readonly to: string
  /** Runs a command. Fails unless it exits with this status. */
  ends(status: number, ...words: readonly string[]): Promise<string>
  run(...words: readonly string[]): Promise<CommandResult>
  remove(): Promise<void>
}

export type AccessWay = 'peer' | 'scram'

/** How a project reaches the server: its options. */
export const accessOptions = (server: Postgres, way: AccessWay): object => ({
  port: server.port,
  ...(way === 'peer' ? { host: server.socket } : { host: '127.0.0.1', dba: 'boss', dbaPassword: password }),
})

export async function makeProject(
  { hosts, server }: PostgresPlace,
  options: {
    readonly way?: AccessWay
    readonly postgres?: object
    readonly next?: object
    /** What `production` has under `postgres`; by default its own database, which does not exist. */
    readonly production?: object
    /** Further variables of all environments. */
    readonly more?: object
    readonly names?: readonly [string, string]
    readonly env?: Record<string, string>
  } = {},
): Promise<Shop> {
  const [from, to] = options.names ?? [databaseName('from'), databaseName('to')]
  const project = await createCliProject(hosts, { ...(options.env && { env: options.env }) })
  // Each project needs its own lock, because the others log in as the same user.
  const place = hosts.hosts.map(({ name }) => ({ name, path: project.path(name), stateDir: `${project.path(name)}/.dragonfab` }))
  await project.config({
    plugins: ['postgres'],
    ...options.more,
    postgres: { ...accessOptions(server, options.way ?? 'peer'), ...options.postgres },
    environments: {
      test: { hosts: place, postgres: { name: from } },
      next: { hosts: place, postgres: { name: to, ...options.next } },
      production: { hosts: place, postgres: { name: `${to}_live`, ...options.production } },
    },
  })
  return {
    project,
    from,
    to,
    run: (...words) => project.run(...words),
    ends: async (status, ...words) => {
      const done = await project.run(...words)
      expect(done.status, done.stdout + done.stderr).toBe(status)
      return done.stdout + done.stderr
    },
    remove: async () => {
      await project.remove()
      for (const name of [from, to])
        for (const each of await databases(server, name)) await server.sql('postgres', `DROP DATABASE ${quotedName(each)} WITH (FORCE)`)
    },
  }
}

/** The databases whose names begin with `stem`. */
export async function databases(server: Postgres, stem: string): Promise<readonly string[]> {
  const output = await server.sql('postgres', `SELECT datname FROM pg_database WHERE starts_with(datname, ${quotedText(stem)}) ORDER BY 1`)
  return output.split('\n').filter(Boolean)
}
