import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { databases, makeProject, makeShop, type Place, type Shop, startPlace } from './project.ts'

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
    await shop.ends(0, 'next', 'database.restore:previous')
    expect(await server.sql(shop.to, 'SELECT count(*) FROM users')).toBe('7')
    await shop.ends(0, 'next', 'database.push')
    expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
    expect(await shop.ends(0, 'next', 'database.backups')).toContain(`${shop.to}_dragonfab_previous on the server`)
  },
)
