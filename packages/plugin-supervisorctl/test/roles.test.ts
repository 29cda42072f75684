import { readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, dies, expectStatus, type Fleet, fleet, lives, outputOf } from './fleet.ts'

let cluster: Fleet
beforeAll(async () => {
  cluster = await fleet(1)
  await cluster.roles({ web: {}, worker: {} })
})
afterAll(() => cluster?.stop())

const live = () => realpathSync(join(cluster.path('web1'), 'current'))
const pids = () =>
  Promise.all(['web', 'worker'].map(async (name) => (await cluster.daemon('web1').pid(name)) ?? expect.fail(`${name} is down`)))
const runsIn = async () => (await pids()).map((pid) => readlinkSync(`/proc/${pid}/cwd`))
/** One release for both roles; the configuration of each is named after it. */
const ships = (version: string, worker = lives(version), conf = (role: string) => `configs/supervisor_test_${role}.conf`) =>
  cluster.ships({
    'bin/web': lives(version),
    'bin/worker': worker,
    [conf('web')]: confOf('', 'web'),
    [conf('worker')]: confOf('', 'worker'),
  })
const links = () => ['web', 'worker'].map((role) => readlinkSync(join(cluster.daemon('web1').included, `${role}.conf`)))
const own = () => ['web', 'worker'].map((role) => join(cluster.path('web1'), `current/configs/supervisor_test_${role}.conf`))
let first: string
const quick = ['--supervisor-watch=0']

test('if one role’s program dies in a first release, neither keeps running', async () => {
  await ships('1', dies)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toMatch(/SUPERVISOR_(DIED|NOT_RUNNING)/)
  expect((await cluster.daemon('web1').ctl('status')).stdout).toBe('')
  expect(readdirSync(cluster.daemon('web1').included)).toEqual([])
})

test('one release has a link for each role and runs the programs of both', async () => {
  await ships('1')
  const releases = () => readdirSync(join(cluster.path('web1'), 'releases')).length
  const before = releases()
  const end = await cluster.run(['test', 'release', ...quick])
  expectStatus(end, 0)
  expect(outputOf(end)).toContain('web1/web+worker')
  expect(releases()).toBe(before + 1)
  expect(links()).toEqual(own())
  first = live()
  expect(await runsIn()).toEqual([first, first])
})

test('-r restarts one role, but releases both', async () => {
  const [web, worker] = await pids()
  expectStatus(await cluster.run(['test', 'restart', '-r', 'worker', ...quick]), 0)
  const [webAfter, workerAfter] = await pids()
  expect(webAfter).toBe(web)
  expect(workerAfter).not.toBe(worker)
  await ships('2')
  expectStatus(await cluster.run(['test', 'release', '-r', 'worker', ...quick]), 0)
  expect(live()).not.toBe(first)
  expect(await runsIn()).toEqual([live(), live()])
  expectStatus(await cluster.run(['test', 'rollback', ...quick]), 0)
  expect(await runsIn()).toEqual([first, first])
})

test('if one role’s program dies, the programs and links of both are undone', async () => {
  const moved = (role: string) => `etc/${role}.conf`
  await cluster.roles({ web: { conf: moved('web') }, worker: { conf: moved('worker') } })
  await ships('3', dies, moved)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toContain('cannot reach the queue')
  expect(live()).toBe(first)
  expect(links()).toEqual(own())
  expect(await runsIn()).toEqual([first, first])
})

test('refuses two roles that would link one target to different configurations before it connects', async () => {
  const before = await pids()
  const target = join(cluster.daemon('web1').included, 'both.conf')
  await cluster.roles({ web: { target }, worker: { target } })
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 2)
  expect(outputOf(end)).toMatch(/role web and role worker .*both\.conf.*\[WRITTEN_TWICE\]\n.*supervisorctl\.target/)
  expect(await pids()).toEqual(before)
})
