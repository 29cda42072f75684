import { setTimeout as pause } from 'node:timers/promises'
import { randomMoment, rounds, startCli } from '@dragonfab/test-kit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databases, makeProject, makeShop, type PostgresPlace, password, type Shop, startPostgresPlace } from './project.ts'

let place: PostgresPlace
let shop: Shop

beforeAll(async () => {
  place = await startPostgresPlace()
})
afterAll(async () => {
  await shop?.remove()
  await place?.stop()
})

/** Queries again and again over new connections, and measures the longest time without an answer. */
function poll(database: string) {
  let isStopped = false
  let last = performance.now()
  const state = { asked: 0, failed: 0, worstMs: 0 }
  const ask = async (): Promise<boolean> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: place.server.port,
      user: 'boss',
      password,
      database,
      connectionTimeoutMillis: 20_000,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('SELECT count(*) FROM users')
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const done = (async () => {
    while (!isStopped) {
      state.asked++
      if (await ask()) {
        state.worstMs = Math.max(state.worstMs, performance.now() - last)
        last = performance.now()
      } else state.failed++
      await pause(5)
    }
    state.worstMs = Math.max(state.worstMs, performance.now() - last)
  })()
  return {
    state,
    stop: async () => {
      isStopped = true
      await done
      return state
    },
  }
}

/** Clients that stay connected and write, and reconnect when they are disconnected. */
function writers(database: string, count: number) {
  let isStopped = false
  const one = async (): Promise<void> => {
    while (!isStopped) {
      const client = new pg.Client({ host: '127.0.0.1', port: place.server.port, user: 'boss', password, database })
      client.on('error', () => undefined)
      try {
        await client.connect()
        while (!isStopped) {
          await client.query('INSERT INTO empty VALUES (1)')
          await pause(5)
        }
      } catch {
        await pause(5)
      } finally {
        await client.end().catch(() => undefined)
      }
    }
  }
  const all = Array.from({ length: count }, one)
  return {
    stop: async () => {
      isStopped = true
      await Promise.all(all)
    },
  }
}

/** The rows of the live database: `7` before the push, `3000` from the dump. */
const live = () => place.server.sql(shop.to, 'SELECT count(*) || $$ $$ || count(DISTINCT email) FROM users')

/** Restores the database as it was before any push. */
async function resetDatabase(): Promise<void> {
  const { server } = place
  if ((await live()) === '7 7') return
  await server.sql('postgres', `DROP DATABASE ${shop.to} WITH (FORCE); ALTER DATABASE ${shop.to}_dragonfab_previous RENAME TO ${shop.to};`)
}

test('a push keeps five clients that write all the time waiting for at most a second', async () => {
  shop = await makeProject(place)
  await makeShop(place.server, shop.from, { rows: 3000 })
  await makeShop(place.server, shop.to, { rows: 7 })
  await shop.ends(0, 'test', 'database.dump')
  const busy = writers(shop.to, 5)
  // The machine itself makes clients wait too. An untouched database shows for how long.
  const [client, control] = [poll(shop.to), poll(shop.from)]
  await shop.ends(0, 'next', 'database.push')
  const [asked, quiet] = await Promise.all([client.stop(), control.stop()])
  await busy.stop()
  expect(await live()).toBe('3000 3000')
  expect(asked.asked).toBeGreaterThan(10)
  expect(asked.worstMs - quiet.worstMs).toBeLessThanOrEqual(1000)
  await resetDatabase()
})

const wanted = rounds({ quick: 6, long: 50 })
test(`${wanted} kills at random moments leave the old or the new database live, and the next push succeeds`, async () => {
  const { server } = place
  const began = performance.now()
  await shop.ends(0, 'next', 'database.push')
  const whole = performance.now() - began
  await resetDatabase()
  const ends: Record<string, number> = {}
  let kills = 0
  for (let attempt = 0; kills < wanted && attempt < wanted * 3; attempt++) {
    const running = startCli(['next', 'database.push'], { cwd: shop.project.directory, env: shop.project.env })
    await pause(whole * (0.1 + 0.9 * randomMoment(attempt, wanted)))
    const killed = running.kill('SIGKILL')
    await running.result
    if (!killed) {
      await resetDatabase()
      continue
    }
    kills++
    const state = await live()
    expect(['7 7', '3000 3000']).toContain(state)
    ends[state] = (ends[state] ?? 0) + 1
    await resetDatabase()
  }
  expect(kills, JSON.stringify(ends)).toBe(wanted)
  await shop.ends(0, 'next', 'database.push')
  expect(await live()).toBe('3000 3000')
  expect(await databases(server, shop.to)).toEqual([shop.to, `${shop.to}_dragonfab_previous`])
}, 900_000)
