import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventsOf } from '../src/events.ts'
import { goodOf, liveOf } from '../src/expect-released.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

/** REL-01: ids are made of seconds, and must be distinct all the same. */
let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 2, repository: { files: 3 } })
})
afterAll(() => on?.stop())

const begun = (stdout: string): readonly string[] =>
  eventsOf({ stdout }).flatMap(({ type, release }) => (type === 'run:start' ? [String(release)] : []))

/** The part that is a time. */
const second = (id: string) => id.slice(0, 13)

test('deployments that begin within one second get distinct ids, the later ones a suffix, on both hosts alike', async () => {
  const shop = await on.app({ config: { keepReleases: 50 } })
  const all: string[] = []
  let shared = 0
  for (let round = 0; round < 20 && shared < 3; round++) {
    const runs = ['a', 'b', 'c'].map(() => shop.start(['production', 'deploy', '--json', '--lock-wait', '60']))
    const results = await Promise.all(runs.map((run) => run.result))
    for (const { status, stdout, stderr } of results) expect(status, stdout + stderr).toBe(0)
    // A run that found its id taken has planned again, and says so.
    const ids = results.map(({ stdout }) => begun(stdout).at(-1) ?? '')
    expect(new Set(ids).size).toBe(3)
    all.push(...ids)
    if (new Set(ids.map(second)).size < 3) shared++
    expect(shop.hosts.map(({ path }) => liveOf(path) === liveOf(shop.path('web1')))).toEqual([true, true])
  }
  console.log(
    `REL-01: ${all.length} deployments, in ${shared} rounds of three some began in the same second: ${all.filter((id) => id.length > 13)}`,
  )
  expect(shared).toBeGreaterThan(0)
  expect(all.some((id) => /^\d{6}-\d{6}-\d+$/.test(id))).toBe(true)
  for (const { path } of shop.hosts) expect(goodOf(path)).toEqual(all.toSorted())
})

test('two applications are deployed to the same hosts at the same time', async () => {
  const shops = await Promise.all(['one', 'other'].map((name) => on.app({ name })))
  const results = await Promise.all(shops.map((shop) => shop.run(['production', 'deploy'])))
  for (const { status, stdout, stderr } of results) expect(status, stdout + stderr).toBe(0)
  for (const shop of shops) expect(new Set(shop.hosts.map(({ path }) => liveOf(path))).size).toBe(1)
  // Neither knows of the other.
  for (const host of on.cluster.hosts) for (const name of ['one', 'other']) expect(goodOf(join(host.root, name))).toHaveLength(1)
})
