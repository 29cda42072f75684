import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertDeployment,
  checkDeployment,
  createTestUser,
  listProcesses,
  observeDeployment,
  randomMoment,
  rounds,
  runCommand,
  type TestUser,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AcceptanceProject } from '../src/project.ts'
import { findRunStage } from '../src/run-stage.ts'
import { median, Tally } from '../src/tally.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'
import { waitForQuietHost } from '../src/wait-for-quiet-host.ts'

/** INT-05: `kill -9 -1` as the user of the deployment, on the host, at any moment. Two users, since it ends all that is theirs. */
const strikes = rounds({ quick: 6, long: 40 })
/** How many must hit a process; how many strikes there are at most, since most moments lie before the user has one. */
const wanted = strikes * 0.3
const limit = strikes * 4
const every = 5
let places: readonly { readonly on: TestStand; readonly user: TestUser }[] = []

beforeAll(async () => {
  places = await Promise.all(
    ['struck', 'hit'].map(async (suffix) => {
      const user = await createTestUser('plain', { suffix })
      return { user, on: await createStand({ hosts: 1, ssh: { user }, repository: { files: 100 } }) }
    }),
  )
})
afterAll(() => Promise.all(places.map(({ on }) => on.stop())))

async function deploy(shop: AcceptanceProject, path: string, on: TestStand): Promise<number> {
  const before = observeDeployment(path)
  const result = await shop.run(['production', 'deploy'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  for (const host of on.cluster.hosts) await waitForQuietHost(host, path)
  await assertDeployment(path, { before, trees: on.trees, settled: true, run: { status: 0, done: 'new' } })
  return result.ms
}

test(`${strikes} times or more all processes of the user are killed: V, and what the run says is true`, { timeout: 900_000 }, async () => {
  const tally = new Tally()
  await Promise.all(
    places.map(async ({ on, user }, index) => {
      const shop = await on.app()
      const path = shop.path('web1')
      const [host] = on.cluster.hosts
      if (!host) throw new Error('no host')
      await on.put(path, { 'shared/log/app.log': 'a line\n' })
      const first = await shop.run(['production', 'deploy'])
      expect(first.status, first.stdout + first.stderr).toBe(0)
      const took = [await deploy(shop, path, on), await deploy(shop, path, on)]
      for (let count = index; count < strikes || (count < limit && tally.countOf('hit') < wanted); count += places.length) {
        const before = observeDeployment(path)
        const running = shop.start(['production', 'deploy', '--json'])
        await Promise.race([
          sleep(randomMoment(Math.floor(count / places.length), strikes / places.length) * 1.1 * median(took)),
          running.result,
        ])
        const theirs = listProcesses().filter((each) => each.uid === user.uid && each.state !== 'Z').length
        const far = findRunStage(running.output())
        await runCommand(['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', 'sh', '-c', 'kill -9 -1'])
        const result = await running.result
        tally.add(theirs > 0 ? 'hit' : 'missed')
        if (theirs > 0) tally.add(`hit ${far}, then ${result.status}`)
        await waitForQuietHost(host, path)
        // What is put back after its cleanup has made room for a release that is bad now.
        const keep = result.status === 3 ? 4 : 5
        const expected = { before, keep, trees: on.trees, processMarker: path, run: { status: result.status, done: 'new' } }
        expect(await checkDeployment(path, expected), `${far}\n${result.stdout}${result.stderr}`).toEqual([])
        if (Math.floor(count / places.length) % every === every - 1) took.push(await deploy(shop, path, on))
      }
      await deploy(shop, path, on)
    }),
  )
  console.log(`INT-05: ${tally.countOf('hit') + tally.countOf('missed')} strikes: ${tally}`)
  expect(tally.countOf('hit')).toBeGreaterThanOrEqual(wanted)
})
