import {
  assertDeployment,
  checkDeployment,
  currentRelease,
  goodReleases,
  observeDeployment,
  type ProxiedHosts,
  proxySshHosts,
  randomMoment,
  rounds,
  type SshHost,
  type TcpProxy,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AcceptanceProject } from '../src/project.ts'
import { Tally } from '../src/tally.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'
import { waitForQuietHost } from '../src/wait-for-quiet-host.ts'

/** SSH-02: the connection ends after any byte of a release, in either direction, and that is never taken for a success. */
const lanes = [
  { how: 'fin', direction: 'down', strategy: 'mirror' },
  { how: 'rst', direction: 'up', strategy: 'mirror' },
  { how: 'rst', direction: 'down', strategy: 'upload' },
  { how: 'fin', direction: 'up', strategy: 'upload' },
] as const
type Way = (typeof lanes)[number]
const each = rounds({ quick: 6, long: 20 })
let on: TestStand
let proxied: ProxiedHosts

beforeAll(async () => {
  on = await createStand({ hosts: lanes.length, repository: { files: 60 } })
  proxied = await proxySshHosts(on.cluster)
})
afterAll(async () => {
  await proxied?.stop()
  await on?.stop()
})

interface Lane {
  readonly shop: AcceptanceProject
  readonly host: SshHost
  readonly proxy: TcpProxy
  readonly path: string
}

async function lane(index: number, { strategy }: Way): Promise<Lane> {
  const [host, proxy] = [on.cluster.hosts[index], proxied.proxies[index]]
  if (!host || !proxy) throw new Error(`no host ${index}`)
  const path = `${host.root}/shop`
  const production = { hosts: [{ name: host.name, path }] }
  const config = { plugins: ['git'], git: { repo: on.url, branch: 'main', strategy }, environments: { production } }
  return { shop: await on.app({ config, sshConfig: proxied.sshConfig }), host, proxy, path }
}

/** Gives the bytes that passed in the lane's direction. */
async function deploy({ shop, proxy, path, host }: Lane, { direction }: Way): Promise<number> {
  const before = observeDeployment(path)
  proxy.reset()
  const result = await shop.run(['production', 'deploy', '--json'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  await waitForQuietHost(host, path)
  await assertDeployment(path, { before, trees: on.trees, settled: true, run: { status: 0, done: 'new' } })
  return Math.max(...proxy.connections.map((each) => each[direction]))
}

async function cut({ shop, proxy, path, host }: Lane, { how, direction }: Way, bytes: number, tally: Tally): Promise<void> {
  const before = observeDeployment(path)
  proxy.reset()
  proxy.inject({ how, after: { direction, bytes } })
  const result = await shop.run(['production', 'deploy', '--json'])
  proxy.clear()
  await waitForQuietHost(host, path)
  const where = `${how} ${direction} after ${bytes} bytes: ${result.stdout}${result.stderr}`
  tally.add('cut', proxy.fired)
  tally.add(`status ${result.status}`)
  const now = observeDeployment(path)
  // Of 5: one may have been removed for the new release before the cut, and the new one is discarded after it.
  const broken = await checkDeployment(path, { before, keep: 4, trees: on.trees, run: { status: result.status, done: 'new' } })
  expect(broken, where).toEqual([])
  expect(goodReleases(now), where).toContain(currentRelease(now))
  // Whatever it says is what the host shows.
  const moved = currentRelease(now) !== currentRelease(before)
  expect([result.status, moved], where).toEqual(moved ? [0, true] : [result.status, false])
  if (!moved) expect([1, 3], where).toContain(result.status)
  expect(result.stderr, where).not.toMatch(/^ {4}at /m)
}

test(`${each * lanes.length} cuts, each told as what it was (SSH-02)`, { timeout: 900_000 }, async () => {
  const tally = new Tally()
  await Promise.all(
    lanes.map(async (way, index) => {
      const place = await lane(index, way)
      await on.put(place.path, { 'shared/log/app.log': 'a line\n' })
      await deploy(place, way)
      const total = await deploy(place, way)
      // From the first byte of the login to the last of the farewell.
      for (let count = 0; count < each; count++) await cut(place, way, Math.round(randomMoment(count, each) * total), tally)
      await deploy(place, way)
    }),
  )
  console.log(`SSH-02: ${tally}`)
  expect(tally.countOf('cut')).toBeGreaterThan(each * lanes.length * 0.8)
  expect(tally.countOf('status 1')).toBeGreaterThan(0)
  expect(tally.countOf('status 0')).toBeGreaterThan(0)
})
