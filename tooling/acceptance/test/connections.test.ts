import { proxySshHosts, waitForNextSecond, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

const linkedFiles = ['a.ini', 'b.ini', 'config/c.ini', 'config/d.ini', 'config/deep/e.ini']
const linkedDirs = ['uploads', 'var/cache', 'var/log']
let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 3, repository: { files: 50 } })
})
afterAll(() => on?.stop())

async function warm(shop: AcceptanceProject): Promise<void> {
  for (const { path } of shop.hosts) await on.put(path, Object.fromEntries(linkedFiles.map((name) => [`shared/${name}`, name])))
  await release(shop)
  await waitForNextSecond()
  for (const host of on.cluster.hosts) host.reset()
}

async function release(shop: AcceptanceProject): Promise<void> {
  const result = await shop.run(['production', 'deploy'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
}

const counted = () =>
  Promise.all(
    on.cluster.hosts.map(async (host) => ({
      connections: await host.connections(),
      sessions: await host.sessions(),
      authentications: await host.authentications(),
    })),
  )

describe('by sshd’s own log, a warm release with 5 linked files and 3 linked directories', () => {
  test('takes one connection and one session per host', async () => {
    const shop = await on.app({ config: { linkedFiles, linkedDirs } })
    await warm(shop)
    await release(shop)
    const one = { connections: 1, sessions: 1, authentications: 1 }
    expect(await counted()).toEqual([one, one, one])
  })

  test('that is uploaded takes one more session, for the transfer: the log tells them apart', async () => {
    const git = { repo: on.url, branch: 'main', strategy: 'upload' }
    const shop = await on.app({ name: 'uploaded', config: { git, linkedFiles, linkedDirs } })
    await warm(shop)
    await release(shop)
    expect((await counted()).map(({ connections, sessions }) => [connections, sessions])).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
  })
})

test('that release takes at most 12 round trips, the handshake included', async () => {
  const proxied = await proxySshHosts(on.cluster, { delayMs: 40 })
  try {
    const shop = await on.app({ name: 'far', sshConfig: proxied.sshConfig, config: { linkedFiles, linkedDirs } })
    await warm(shop)
    await waitUntil('its connections to end', () => proxied.proxies.every((proxy) => proxy.connections.every((each) => !each.open)))
    for (const proxy of proxied.proxies) proxy.reset()
    await release(shop)
    const trips = proxied.proxies.map((proxy) => proxy.roundTrips())
    console.log(`round trips of a warm release: ${trips.join(', ')}`)
    for (const each of trips) expect(each).toBeLessThanOrEqual(12)
    // The opening of the connection, keys, login and the session are some already.
    for (const each of trips) expect(each).toBeGreaterThan(5)
  } finally {
    await proxied.stop()
  }
})
