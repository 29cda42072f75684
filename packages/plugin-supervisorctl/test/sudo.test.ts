import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dies, expectStatus, type Fleet, fleet, lives, outputOf } from './fleet.ts'

let cluster: Fleet
beforeAll(async () => {
  // The daemon and the folder of its configurations belong to root, the releases to the login user.
  cluster = await fleet(1, { user: 'sudo-nopass', daemonUser: 'root' })
})
afterAll(() => cluster?.stop())

const live = () => realpathSync(join(cluster.path('web1'), 'current'))
const link = () => join(cluster.daemon('web1').included, 'shop.conf')
const pid = async () => (await cluster.daemon('web1').pid('shop')) ?? expect.fail('shop does not run')
const runsIn = async () => readlinkSync(`/proc/${await pid()}/cwd`)
let first: string
const quick = ['--supervisor-watch=0']

test('without sudoUser, a login user without access to root’s supervisord or its folder switches no host', async () => {
  await cluster.app(lives('1'))
  for (const [options, code] of [
    [{}, 'SUPERVISOR_TARGET'],
    [{ conf: '' }, 'SUPERVISOR_DENIED'],
  ] as const) {
    await cluster.options(options)
    const end = await cluster.run(['test', 'release'])
    expectStatus(end, 1)
    expect(outputOf(end)).toContain(`[${code}]`)
  }
  expect(() => live()).toThrow('ENOENT')
})

test('sudoUser: a first release that dies leaves no program and no link', async () => {
  await cluster.options({ sudoUser: 'root' })
  await cluster.app(dies)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toContain('cannot reach the queue')
  expect((await cluster.daemon('web1').ctl('status')).stdout).toBe('')
  expect(() => lstatSync(link())).toThrow('ENOENT')
})

test('sudoUser: root links and restarts, everything else belongs to the login user', async () => {
  await cluster.app(lives('1'))
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 0)
  first = live()
  expect(await runsIn()).toBe(first)
  expect(statSync(`/proc/${await pid()}`).uid).toBe(0)
  expect(readlinkSync(link())).toBe(join(cluster.path('web1'), 'current/configs/supervisor_test.conf'))
  expect(lstatSync(link()).uid).toBe(0)
  for (const own of [first, join(cluster.path('web1'), 'current'), join(cluster.path('web1'), '.dragonfab')])
    expect(lstatSync(own).uid, own).toBe(cluster.user.uid)
})

test('sudoUser: a rollback and a failed release return to the previous program', async () => {
  await cluster.app(lives('2'))
  expectStatus(await cluster.run(['test', 'release', ...quick]), 0)
  expect(await runsIn()).not.toBe(first)
  expectStatus(await cluster.run(['test', 'rollback', ...quick]), 0)
  expect(await runsIn()).toBe(first)
  await cluster.app(dies)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect([live(), await runsIn()]).toEqual([first, first])
})

test('sudoUser: the tasks work and report', async () => {
  const before = await pid()
  expectStatus(await cluster.run(['test', 'supervisorctl.refresh', ...quick]), 0)
  expect(await pid()).not.toBe(before)
  expect(outputOf(await cluster.run(['test', 'supervisorctl.log']))).toContain('version 1')
  expect(outputOf(await cluster.run(['test', 'status']))).toMatch(/shop +RUNNING process \d+, uptime/)
})

test('`command: sudo supervisorctl` is enough if supervisord has the configuration', async () => {
  await cluster.options({ conf: '', command: `sudo ${cluster.daemon('web1').command}` })
  await cluster.app(lives('3'))
  const end = await cluster.run(['test', 'release', ...quick])
  expectStatus(end, 0)
  expect(await runsIn()).toBe(live())
  expect(live()).not.toBe(first)
})
