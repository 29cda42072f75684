import { hide } from '@dragonfab/core'
import { localExecutor } from '@dragonfab/run'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Access } from '../src/server/access.ts'
import { withSession } from '../src/server/open-server.ts'
import { createPgServer } from '../src/server/pg.ts'
import { createPsqlServer } from '../src/server/psql.ts'
import { databases, makeProject, makeShop, type PostgresPlace, password, type Shop, startPostgresPlace } from './project.ts'

let place: PostgresPlace
let shop: Shop | undefined

beforeAll(async () => {
  place = await startPostgresPlace()
})
afterEach(() => shop?.remove())
afterAll(() => place?.stop())

test.each(['peer', 'scram'] as const)(
  'by %s: a dump replaces the database of another environment, and the replaced one is kept',
  async (accessWay) => {
    const { server } = place
    shop = await makeProject(place, { way: accessWay })
    await makeShop(server, shop.from)
    await makeShop(server, shop.to, { rows: 7 })
    await shop.ends(0, 'test', 'database.dump')
    const output = await shop.ends(0, 'next', 'database.push')
    expect(output).toContain('203 rows of 3 tables, 1 large object')
    expect(output).toContain(`kept as ${shop.to}_dragonfab_previous`)
    expect(await server.sql(shop.to, 'SELECT count(*), max(id), nextval($$users_id_seq$$) FROM users')).toBe('200|200|201')
    expect(await server.sql(`${shop.to}_dragonfab_previous`, 'SELECT count(*) FROM users')).toBe('7')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    // As a killed push would leave it.
    await server.sql('postgres', `CREATE DATABASE ${shop.to}_dragonfab_new`)
    await shop.ends(0, 'next', 'database.restore:previous')
    expect(await server.sql(shop.to, 'SELECT count(*) FROM users')).toBe('7')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    await shop.ends(0, 'next', 'database.push')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    expect(await shop.ends(0, 'next', 'database.backups')).toContain(`${shop.to}_dragonfab_previous on the server`)
  },
)

test.each([createPgServer, createPsqlServer])('%o: timeouts of a database do not apply to our sessions', async (createServer) => {
  const { server } = place
  shop = await makeProject(place)
  await makeShop(server, shop.from)
  const timeouts = "SELECT name FROM pg_settings WHERE name LIKE '%\\_timeout' AND context = 'user' AND unit = 'ms'"
  const names = (await server.sql(shop.from, timeouts)).split('\n').filter((name) => /^(statement|lock|idle|transaction)/.test(name))
  expect(names).toContain('idle_in_transaction_session_timeout')
  await server.sql('postgres', names.map((name) => `ALTER DATABASE ${shop?.from} SET ${name} TO '1h'`).join(';'))
  expect(await server.sql(shop.from, 'SHOW statement_timeout')).toBe('1h')
  const access: Access & { readonly host: string } = {
    ...{ database: shop.from, maintenance: 'postgres', role: 'boss', password: hide(password) },
    ...{ host: '127.0.0.1', port: server.port, ssl: 'prefer', binDir: server.bin },
  }
  const ours = createServer(localExecutor(), access, new AbortController().signal)
  const settings = `SELECT name FROM pg_settings WHERE setting <> '0' AND name IN (${names.map((name) => `'${name}'`).join(', ')})`
  expect(await withSession(ours, (session) => session.rows(settings), shop.from)).toEqual([])
})
