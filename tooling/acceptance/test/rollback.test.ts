import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { badOf, goodOf, liveOf } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 2, repository: { files: 5 } })
})
afterAll(() => on?.stop())

/** Runs it on both hosts, which must agree; gives what is live then. */
async function live(shop: AcceptanceProject, ...words: string[]): Promise<string> {
  const result = await shop.run(['production', ...words])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  const [one, other] = shop.hosts.map(({ path }) => liveOf(path))
  expect(other).toBe(one)
  return one ?? ''
}

const releases = (shop: AcceptanceProject) => shop.hosts.map(({ path }) => readdirSync(join(path, 'releases')).sort())

test('ten releases, of which three are kept: the last three, on both hosts', async () => {
  const shop = await on.app({ name: 'keep', config: { keepReleases: 3 } })
  const ids: string[] = []
  for (let index = 0; index < 10; index++) ids.push(await live(shop, 'deploy'))
  expect(new Set(ids).size).toBe(10)
  expect(releases(shop)).toEqual([ids.slice(-3), ids.slice(-3)])
  for (const { path } of shop.hosts) {
    expect(goodOf(path)).toEqual(ids.slice(-3))
    for (const kind of ['complete', 'begun', 'bad'])
      expect(readdirSync(join(path, '.dragonfab', kind)).length).toBe(kind === 'complete' ? 3 : 0)
  }
})

test('of exactly two releases, a rollback leads to the first (RBK-05)', async () => {
  const shop = await on.app({ name: 'two' })
  const first = await live(shop, 'deploy')
  const none = await shop.run(['production', 'rollback'])
  expect(none.status).toBe(1)
  expect(none.stderr).toContain('ROLLBACK_TARGET')
  const second = await live(shop, 'deploy')
  expect(second).not.toBe(first)
  expect(await live(shop, 'rollback')).toBe(first)
  for (const { path } of shop.hosts) expect(badOf(path)).toEqual([second])
})

test('rollback walks back, over what was rolled back before (RBK-06); rollback:id leads to one by name', async () => {
  const shop = await on.app({ name: 'walk' })
  const a = await live(shop, 'deploy')
  const b = await live(shop, 'deploy')
  const c = await live(shop, 'deploy')
  expect(await live(shop, 'rollback')).toBe(b)
  expect(await live(shop, 'rollback')).toBe(a)
  const d = await live(shop, 'deploy')
  // What a rollback has left is bad: so D goes to A, over B and C.
  expect(await live(shop, 'rollback')).toBe(a)
  expect(releases(shop)).toEqual([
    [a, b, c, d],
    [a, b, c, d],
  ])
  for (const { path } of shop.hosts) expect(badOf(path)).toEqual([b, c, d])

  const e = await live(shop, 'deploy')
  const f = await live(shop, 'deploy')
  expect(await live(shop, `rollback:${a}`)).toBe(a)
  for (const [words, said] of [
    [`rollback:${a}`, 'is live already'],
    [`rollback:${f}`, 'is marked bad'],
    ['rollback:260101-000000', 'there is no complete release'],
  ] as const) {
    const refused = await shop.run(['production', words])
    expect([refused.status, refused.stderr.includes(said)], refused.stderr).toEqual([1, true])
  }
  expect(await live(shop, 'rollback:'.concat(e))).toBe(e)
})

test('hosts that have not the same releases are all asked before any moves', async () => {
  const shop = await on.app({ name: 'apart' })
  const first = await live(shop, 'deploy')
  const alone = await shop.run(['production', 'deploy', '--host', 'web1'])
  expect(alone.status, alone.stderr).toBe(0)
  const [one, other] = shop.hosts.map(({ path }) => liveOf(path))
  const refused = await shop.run(['production', 'rollback'])
  expect(refused.status).toBe(1)
  expect(shop.hosts.map(({ path }) => liveOf(path))).toEqual([one, other])
  expect(refused.stderr).toContain('web2')
  expect(other).toBe(first)
})
