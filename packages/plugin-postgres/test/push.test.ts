import { hide } from '@dragonfab/core'
import { localExecutor } from '@dragonfab/run'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Access } from '../src/server/access.ts'
import { asking } from '../src/server/open.ts'
import { viaPg } from '../src/server/pg.ts'
import { viaPsql } from '../src/server/psql.ts'
import { databases, makeProject, makeShop, type Place, password, type Shop, startPlace } from './project.ts'

let place: Place
let shop: Shop | undefined

beforeAll(async () => {
  place = await startPlace()
})
afterEach(() => shop?.remove())
afterAll(() => place?.stop())

test.each(['peer', 'scram'] as const)(
  'by %s: a dump replaces the database of another environment, and what was there is kept',
  async (way) => {
    const { server } = place
    shop = await makeProject(place, { way })
    await makeShop(server, shop.from)
    await makeShop(server, shop.to, { rows: 7 })
    await shop.ends(0, 'test', 'database.dump')
    const told = await shop.ends(0, 'next', 'database.push')
    expect(told).toContain('203 rows of 3 tables, 1 large object')
    expect(told).toContain(`kept as ${shop.to}_dragonfab_previous`)
    expect(await server.sql(shop.to, 'SELECT count(*), max(id), nextval($$users_id_seq$$) FROM users')).toBe('200|200|201')
    expect(await server.sql(`${shop.to}_dragonfab_previous`, 'SELECT count(*) FROM users')).toBe('7')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    // What a push that was killed has left.
    await server.sql('postgres', `CREATE DATABASE ${shop.to}_dragonfab_new`)
    await shop.ends(0, 'next', 'database.restore:previous')
    expect(await server.sql(shop.to, 'SELECT count(*) FROM users')).toBe('7')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    await shop.ends(0, 'next', 'database.push')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    expect(await shop.ends(0, 'next', 'database.backups')).toContain(`${shop.to}_dragonfab_previous on the server`)
  },
)

test.each([viaPg, viaPsql])('%o: no timeout that a database is set to holds for a session of ours', async (via) => {
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
  const ours = via(localExecutor(), access, new AbortController().signal)
  const settings = `SELECT name FROM pg_settings WHERE setting <> '0' AND name IN (${names.map((name) => `'${name}'`).join(', ')})`
  expect(await asking(ours, (session) => session.rows(settings), shop.from)).toEqual([])
})
