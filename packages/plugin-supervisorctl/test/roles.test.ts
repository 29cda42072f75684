import { readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, dies, ended, type Fleet, fleet, lives, said } from './fleet.ts'

let of: Fleet
beforeAll(async () => {
  of = await fleet(1)
  await of.roles({ web: {}, worker: {} })
})
afterAll(() => of?.stop())

const live = () => realpathSync(join(of.path('web1'), 'current'))
const pids = () => Promise.all(['web', 'worker'].map(async (name) => (await of.daemon('web1').pid(name)) ?? expect.fail(`${name} is down`)))
const runsIn = async () => (await pids()).map((pid) => readlinkSync(`/proc/${pid}/cwd`))
/** One release for both roles; the configuration of each is named after it. */
const ships = (version: string, worker = lives(version), conf = (role: string) => `configs/supervisor_test_${role}.conf`) =>
  of.ships({
    'bin/web': lives(version),
    'bin/worker': worker,
    [conf('web')]: confOf('', 'web'),
    [conf('worker')]: confOf('', 'worker'),
  })
const links = () => ['web', 'worker'].map((role) => readlinkSync(join(of.daemon('web1').included, `${role}.conf`)))
const own = () => ['web', 'worker'].map((role) => join(of.path('web1'), `current/configs/supervisor_test_${role}.conf`))
let first: string
const quick = ['--supervisor-watch=0']

test('a first release in which the program of one role dies leaves neither of them', async () => {
  await ships('1', dies)
  const end = await of.run(['test', 'release'])
  ended(end, 3)
  expect(said(end)).toContain('SUPERVISOR_DIED')
  expect((await of.daemon('web1').ctl('status')).stdout).toBe('')
  expect(readdirSync(of.daemon('web1').included)).toEqual([])
})

test('one release, a link for each role, and the programs of both run in it', async () => {
  await ships('1')
  const releases = () => readdirSync(join(of.path('web1'), 'releases')).length
  const before = releases()
  const end = await of.run(['test', 'release', ...quick])
  ended(end, 0)
  expect(said(end)).toContain('web1/web+worker')
  expect(releases()).toBe(before + 1)
  expect(links()).toEqual(own())
  first = live()
  expect(await runsIn()).toEqual([first, first])
})

test('-r: the restart is of that role, a release is of both', async () => {
  const [web, worker] = await pids()
  ended(await of.run(['test', 'restart', '-r', 'worker', ...quick]), 0)
  const [webAfter, workerAfter] = await pids()
  expect(webAfter).toBe(web)
  expect(workerAfter).not.toBe(worker)
  await ships('2')
  ended(await of.run(['test', 'release', '-r', 'worker', ...quick]), 0)
  expect(live()).not.toBe(first)
  expect(await runsIn()).toEqual([live(), live()])
  ended(await of.run(['test', 'rollback', ...quick]), 0)
  expect(await runsIn()).toEqual([first, first])
})

test('the program of one role dies: the programs of both go back, and so does the link of each', async () => {
  const moved = (role: string) => `etc/${role}.conf`
  await of.roles({ web: { conf: moved('web') }, worker: { conf: moved('worker') } })
  await ships('3', dies, moved)
  const end = await of.run(['test', 'release'])
  ended(end, 3)
  expect(said(end)).toContain('cannot reach the queue')
  expect(live()).toBe(first)
  expect(links()).toEqual(own())
  expect(await runsIn()).toEqual([first, first])
})

test('two roles that would link one target to different configurations are refused before anything is connected', async () => {
  const before = await pids()
  const target = join(of.daemon('web1').included, 'both.conf')
  await of.roles({ web: { target }, worker: { target } })
  const end = await of.run(['test', 'release'])
  ended(end, 2)
  expect(said(end)).toMatch(/role web and role worker .*both\.conf.*\[WRITTEN_TWICE\]\n.*supervisorctl\.target/)
  expect(await pids()).toEqual(before)
})
