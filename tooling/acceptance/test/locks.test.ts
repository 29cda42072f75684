import { hostname } from 'node:os'
import { join } from 'node:path'
import { assertDeployment, type CommandResult, observeDeployment, type RunningCommand, rounds, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf, eventsOf } from '../src/events.ts'
import { liveOf } from '../src/expect-released.ts'
import { holdAtSignal, releaseHold, resetHold, waitForHeldLock } from '../src/hold-at-signal.ts'
import { holderIn, isHeld } from '../src/lock-state.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { Tally } from '../src/tally.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

const lanes = 2
const holding = holdAtSignal('deploy.updated')
let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 3, repository: { files: 3 } })
})
afterAll(() => on?.stop())

/** A project on one host of its own. */
async function lane(name: string, index: number, more: object = {}): Promise<{ shop: AcceptanceProject; path: string; lock: string }> {
  const host = on.cluster.hosts[index]
  const hosts = [{ name: host?.name ?? '', path: join(host?.root ?? '', name) }]
  const shop = await on.app({ name, body: holding, config: { environments: { production: { hosts } }, ...more } })
  const path = hosts[0]?.path ?? ''
  return { shop, path, lock: join(path, '.dragonfab/lock') }
}

const deploy = (shop: AcceptanceProject, who: string, ...words: string[]): RunningCommand =>
  shop.start(['production', 'deploy', '--json', ...words], { env: { DRAGONFAB_USER: who } })

/** A run that was let in has begun a step. What began in the second of the release before is planned anew: its last attempt is what counts. */
function proceeded(result: CommandResult): boolean {
  const events = eventsOf(result)
  return events.slice(events.findLastIndex(({ type }) => type === 'run:start')).some(({ type }) => type === 'step:start')
}

async function inLanes(count: number, name: string, round: (at: Awaited<ReturnType<typeof lane>>, number: number) => Promise<void>) {
  await Promise.all(
    Array.from({ length: lanes }, async (_, index) => {
      const at = await lane(name, index)
      const first = await at.shop.run(['production', 'deploy', '--set', 'vars.hold=no'])
      expect(first.status, first.stdout + first.stderr).toBe(0)
      for (let number = index; number < count; number += lanes) await round(at, number)
    }),
  )
}

const both = rounds({ quick: 6, long: 50 })
describe(`${both} times two clients that start together (LCK-01, LCK-07)`, () => {
  test('exactly one proceeds; the other is told by whom, where, for how long and why, and leaves the lock alone', {
    timeout: 600_000,
  }, async () => {
    const tally = new Tally()
    await inLanes(both, 'together', async ({ shop, path, lock }, number) => {
      resetHold(path)
      const before = liveOf(path)
      const people = ['alice', 'bob'] as const
      const runs = people.map((who) => ({ who, run: deploy(shop, who, '--reason', `round ${number} of ${who}`) }))
      const first = await Promise.race(runs.map(async ({ who, run }) => ({ who, result: await run.result })))
      const winner = runs.find(({ who }) => who !== first.who)
      if (!winner) throw new Error('nobody won')
      const end = endOf(first.result)
      expect([first.result.status, end.codes, proceeded(first.result)], first.result.stdout).toEqual([75, ['LOCKED'], false])
      const said = end.problems[0]?.message ?? ''
      expect(said).toMatch(/for \d+ s/)
      expect(said).toContain(`locked by ${winner.who} on ${hostname()} (pid ${winner.run.pid})`)
      expect(said).toContain(`deploy, “round ${number} of ${winner.who}”`)
      await waitForHeldLock(path)
      expect(isHeld(lock)).toBe(true)
      expect(holderIn(lock)?.holder).toMatchObject({ owner: winner.who, pid: winner.run.pid, machine: hostname() })
      expect(liveOf(path)).toBe(before)
      releaseHold(path)
      const won = await winner.run.result
      expect([won.status, proceeded(won)], won.stdout + won.stderr).toEqual([0, true])
      expect(liveOf(path)).not.toBe(before)
      await waitUntil('the lock to be free', () => !isHeld(lock))
      tally.add(winner.who)
    })
    console.log(`LCK-01: ${both} rounds, won by ${tally}`)
    expect(tally.countOf('alice') + tally.countOf('bob')).toBe(both)
  })

  test('and two that do not share a lock are seen to proceed both', async () => {
    const one = await lane('apart', 2)
    const git = { repo: on.url, branch: 'main', repoPath: join(one.path, 'other-repo') }
    const other = await lane('apart', 2, { git, stateDir: join(one.path, '.other') })
    const holds = async (run: RunningCommand) => {
      await waitUntil('the next one to hold', () => run.output().includes('"title":"hold"'), 60_000)
      return run
    }
    // One after the other: what keeps two from making the same release at once is the lock that they do not share.
    const runs = [await holds(deploy(one.shop, 'alice')), await holds(deploy(other.shop, 'bob'))]
    releaseHold(one.path)
    const results = await Promise.all(runs.map((run) => run.result))
    expect(results.map(proceeded)).toEqual([true, true])
  })
})

const killed = rounds({ quick: 6, long: 50 })
test(`${killed} times the holder is killed: the lock is free within 2 s, and the next one just proceeds (LCK-03)`, {
  timeout: 600_000,
}, async () => {
  const free: number[] = []
  await inLanes(killed, 'killed', async ({ shop, path, lock }) => {
    resetHold(path)
    const before = observeDeployment(path)
    const holder = deploy(shop, 'holder')
    await waitForHeldLock(path)
    expect(isHeld(lock)).toBe(true)
    holder.kill('SIGKILL')
    const since = performance.now()
    const next = deploy(shop, 'next', '--set', 'vars.hold=no')
    // By then the next one may hold it, whose name stands in it.
    await waitUntil('the lock to be free', () => !isHeld(lock) || holderIn(lock)?.holder.owner === 'next', 20_000)
    free.push(performance.now() - since)
    const result = await next.result
    expect(result.status, result.stdout + result.stderr).toBe(0)
    await waitUntil('the lock to be free', () => !isHeld(lock))
    await assertDeployment(path, { before, settled: true, foreign: ['holding'], run: { status: 0, done: 'new' } })
    await holder.result
  })
  const most = Math.max(...free)
  console.log(`LCK-03: ${free.length} holders killed; the lock was free after at most ${Math.round(most)} ms`)
  expect(free.length).toBe(killed)
  expect(most).toBeLessThan(2000)
})

const opposite = rounds({ quick: 3, long: 20 })
describe('two clients with their three hosts in opposite order (LCK-06)', () => {
  // Behind the barrier: only who has all hosts gets there, and two that each have some do not wait for each other.
  const waiting = holdAtSignal('deploy.published')
  const clients = async (name: string) => {
    const shop = await on.app({ name, body: waiting })
    const production = { hosts: shop.hosts.toReversed() }
    const other = await on.app({ name, body: waiting, config: { environments: { production } } })
    const quick = ['--set', 'vars.hold=no']
    const first = await shop.run(['production', 'deploy', ...quick])
    expect(first.status, first.stdout + first.stderr).toBe(0)
    return { shop, other, quick }
  }

  test(`${opposite} rounds: both get through when they may wait`, { timeout: 600_000 }, async () => {
    const { shop, other, quick } = await clients('opposite')
    let waited = 0
    for (let round = 0; round < opposite || (round < opposite * 3 && waited <= opposite / 2); round++) {
      const runs = [deploy(shop, 'alice', ...quick, '--lock-wait', '60'), deploy(other, 'bob', ...quick, '--lock-wait', '60')]
      const results = await Promise.all(runs.map((run) => run.result))
      expect(
        results.map(({ status }) => status),
        JSON.stringify(results.map((result) => endOf(result).problems)),
      ).toEqual([0, 0])
      expect(new Set(shop.hosts.map(({ path }) => liveOf(path))).size).toBe(1)
      if (results.some((result) => eventsOf(result).some(({ type }) => type === 'lock:waiting'))) waited++
    }
    console.log(`LCK-06: at least ${opposite} rounds, in ${waited} of them one had to wait`)
    expect(waited).toBeGreaterThan(opposite / 2)
  })

  test('never do both proceed when they may not', async () => {
    const { shop, other } = await clients('rivals')
    const tally = new Tally()
    for (let round = 0; round < rounds({ quick: 2, long: 10 }); round++) {
      for (const { path } of shop.hosts) resetHold(path)
      const runs = [deploy(shop, 'alice'), deploy(other, 'bob')]
      const loser = await Promise.race(runs.map((run) => run.result))
      expect([loser.status, new Set(endOf(loser).codes)]).toEqual([75, new Set(['LOCKED'])])
      for (const { path } of shop.hosts) releaseHold(path)
      const statuses = (await Promise.all(runs.map((run) => run.result))).map(({ status }) => status).sort()
      tally.add(statuses.join(' and '))
      expect(statuses).not.toEqual([0, 0])
      expect(new Set(shop.hosts.map(({ path }) => liveOf(path))).size).toBe(1)
    }
    console.log(`LCK-06 without waiting: ${tally}`)
  })
})
