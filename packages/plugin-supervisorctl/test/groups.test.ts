import { readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, dies, expectStatus, type Fleet, fleet, lives, outputOf } from './fleet.ts'

let cluster: Fleet
beforeAll(async () => {
  cluster = await fleet(1)
})
afterAll(() => cluster?.stop())

const quick = ['--supervisor-watch=0']
const grouped = (programs: readonly string[]) =>
  `[group:shop]\nprograms=${programs.join(',')}\n${programs.map((each) => confOf('', each)).join('')}`
const live = () => realpathSync(join(cluster.path('web1'), 'current'))
const pids = (names: readonly string[]) => Promise.all(names.map((name) => cluster.daemon('web1').pid(name)))
const runsIn = async (names: readonly string[]) => (await pids(names)).map((pid) => pid && readlinkSync(`/proc/${pid}/cwd`))
const [web, worker] = ['shop:web', 'shop:worker']
const ships = (worker: string, programs = ['web', 'worker'], more = '') =>
  cluster.ships({
    'bin/web': lives('web'),
    'bin/worker': worker,
    'bin/cron': lives('cron'),
    'bin/mail': lives('mail'),
    'configs/supervisor_test.conf': grouped(programs) + more,
  })

test('loads a new group with all of its programs, and watches all of them', async () => {
  await ships(dies)
  const red = await cluster.run(['test', 'release'])
  expectStatus(red, 3)
  expect(outputOf(red)).toMatch(/shop:worker[^\n]* \[SUPERVISOR_/)
  expect((await cluster.daemon('web1').ctl('status')).stdout).toBe('')
  await ships(lives('worker'))
  const end = await cluster.run(['test', 'release', '--verbose'])
  expectStatus(end, 0)
  for (const name of [web, worker]) expect(outputOf(end)).toContain(`${name} runs, process `)
  expect(await runsIn([web, worker])).toEqual([live(), live()])
})

test('each release restarts the whole group; if one of its programs dies, all of them are undone', async () => {
  const before = await pids([web, worker])
  expectStatus(await cluster.run(['test', 'release', ...quick]), 0)
  const first = live()
  const after = await pids([web, worker])
  for (const pid of after) expect(before).not.toContain(pid)
  expect(await runsIn([web, worker])).toEqual([first, first])
  await ships(dies)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toContain('cannot reach the queue')
  expect(live()).toBe(first)
  expect(await runsIn([web, worker])).toEqual([first, first])
})

test('`group:name` restarts one program of a group, and leaves the others alone', async () => {
  const [webBefore, workerBefore] = await pids([web, worker])
  expectStatus(await cluster.run(['test', 'restart', '--supervisor-program=shop:worker', ...quick]), 0)
  const [webAfter, workerAfter] = await pids([web, worker])
  expect(webAfter).toBe(webBefore)
  expect(workerAfter).not.toBe(workerBefore)
})

test('`groups` restarts the named programs and those that the release adds, but no other application', async () => {
  const { ctl } = cluster.daemon('web1')
  await ships(lives('worker'), ['web', 'worker', 'cron'], confOf('', 'mail') + confOf('', 'neighbour').replace('bin/neighbour', 'bin/mail'))
  await cluster.options({ groups: ['shop:*', 'mail'], refresh: true })
  expectStatus(await cluster.run(['test', 'release', ...quick]), 0)
  const all = ['shop:web', 'shop:worker', 'shop:cron', 'mail']
  expect(await runsIn(all)).toEqual(all.map(live))
  expect((await ctl('status', 'neighbour')).stdout).toContain('no such process')

  expectStatus(await cluster.run(['test', 'supervisorctl.stop']), 0)
  expect(await pids(all)).toEqual(all.map(() => undefined))
  const stopped = await cluster.run(['test', 'supervisorctl.status'])
  expectStatus(stopped, 1)
  for (const name of all) expect(outputOf(stopped)).toContain(`${name} STOPPED`)
  await ctl('start', 'shop:web')
  const partial = await cluster.run(['test', 'supervisorctl.status'])
  expectStatus(partial, 1)
  expect(outputOf(partial)).not.toContain('shop:web STOPPED;')
  expectStatus(await cluster.run(['test', 'supervisorctl.start', ...quick]), 0)
  expect(await runsIn(all)).toEqual(all.map(live))
})
