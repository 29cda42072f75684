import { readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, dies, expectStatus, type Fleet, fleet, lives, outputOf } from './fleet.ts'

let cluster: Fleet
beforeAll(async () => {
  cluster = await fleet(2)
})
afterAll(() => cluster?.stop())

const live = (host: string) => realpathSync(join(cluster.path(host), 'current'))
/** The directory in which the program runs on each host, read from /proc. */
const runsIn = () => Promise.all(cluster.names.map(async (name) => readlinkSync(`/proc/${await cluster.daemon(name).pid('shop')}/cwd`)))
const log = async (host: string) => (await cluster.daemon(host).ctl('tail', '-8000', 'shop')).stdout
let first: readonly string[]

test('a first release that dies two seconds after its start leaves no process and no link', async () => {
  await cluster.app(dies)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toMatch(/SUPERVISOR_(DIED|NOT_RUNNING)/)
  for (const name of cluster.names) {
    expect((await cluster.daemon(name).ctl('status')).stdout).toBe('')
    expect(() => readlinkSync(join(cluster.daemon(name).included, 'shop.conf'))).toThrow('ENOENT')
    expect(() => live(name)).toThrow('ENOENT')
  }
})

test('a first release is linked, loaded by supervisord and started in the release', async () => {
  await cluster.app(lives('1'))
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 0)
  expect(outputOf(end)).not.toContain('warning')
  first = cluster.names.map(live)
  expect(await runsIn()).toEqual(first)
  for (const name of cluster.names) {
    expect(readlinkSync(join(cluster.daemon(name).included, 'shop.conf'))).toBe(
      join(cluster.path(name), 'current/configs/supervisor_test.conf'),
    )
    expect(await log(name)).toContain('version 1')
  }
})

test('restarts into the new release, and with a rollback into the old one', async () => {
  await cluster.app(lives('2'))
  expectStatus(await cluster.run(['test', 'release']), 0)
  const second = cluster.names.map(live)
  expect(second).not.toEqual(first)
  expect(await runsIn()).toEqual(second)
  expectStatus(await cluster.run(['test', 'rollback']), 0)
  expect(await runsIn()).toEqual(first)
  for (const name of cluster.names) expect((await log(name)).trim().split('\n').at(-1)).toBe('version 1')
})

test('a program that dies two seconds after its start: status 3, its last output, and the old release runs everywhere', async () => {
  await cluster.app(dies)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toMatch(/SUPERVISOR_(DIED|NOT_RUNNING)/)
  expect(outputOf(end)).toContain('cannot reach the queue')
  expect(cluster.names.map(live)).toEqual(first)
  expect(await runsIn()).toEqual(first)
  for (const name of cluster.names) expect((await cluster.daemon(name).ctl('status', 'shop')).stdout).toContain('RUNNING')
})

test('if it dies on one host, the others are undone and restarted too', async () => {
  await cluster.app(`#!/bin/sh\ncase $PWD in */web1/*) echo "web1 lacks a key" >&2; exit 1 ;; esac\nexec sleep 1000\n`)
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 3)
  expect(outputOf(end)).toContain('web1 lacks a key')
  expect(outputOf(end)).toMatch(/SUPERVISOR_NOT_RUNNING/)
  expect(await runsIn()).toEqual(first)
})

test('refuses a program that does not run in the live release', async () => {
  // Its configuration names a release instead of current, a common mistake.
  const fixed = `directory=%(here)s/../shop/releases/${first[0]?.split('/').at(-1)}`
  await cluster.app(lives('3'), confOf().replace('directory=%(here)s/../shop/current', fixed))
  const end = await cluster.run(['test', 'release', '--supervisor-refresh=true'])
  expectStatus(end, 3)
  expect(outputOf(end)).toContain('SUPERVISOR_OTHER_RELEASE')
  expect(await runsIn()).toEqual(first)
})

test('web_restart restarts the application, apache_restart and apache_stop the web server', async () => {
  const before = await cluster.daemon('web1').pid('shop')
  expectStatus(await cluster.run(['test', 'web_restart']), 0)
  const after = await cluster.daemon('web1').pid('shop')
  expect(after).not.toBe(before)
  const apache = ['--set', 'supervisorctl.apache=shop', '--set', 'supervisorctl.program=another']
  expectStatus(await cluster.run(['test', 'apache_restart', ...apache]), 0)
  expect(await cluster.daemon('web1').pid('shop')).not.toBe(after)
  expectStatus(await cluster.run(['test', 'apache_stop', ...apache]), 0)
  expectStatus(await cluster.run(['test', 'supervisorctl.status']), 1)
  expectStatus(await cluster.run(['test', 'supervisorctl.start']), 0)
})

test('restart restarts, and status and log show the programs', async () => {
  const before = await cluster.daemon('web1').pid('shop')
  expectStatus(await cluster.run(['test', 'restart']), 0)
  expect(await cluster.daemon('web1').pid('shop')).not.toBe(before)
  expect(outputOf(await cluster.run(['test', 'status']))).toMatch(/shop +RUNNING process \d+, uptime/)
  expectStatus(await cluster.run(['test', 'supervisorctl.status']), 0)
  expect(outputOf(await cluster.run(['test', 'supervisorctl.log']))).toContain('version 1')
  expectStatus(await cluster.run(['test', 'supervisorctl.stop']), 0)
  const stopped = await cluster.run(['test', 'supervisorctl.status'])
  expectStatus(stopped, 1)
  expect(outputOf(stopped)).toContain('shop STOPPED')
  expectStatus(await cluster.run(['test', 'supervisorctl.start']), 0)
  expect(await runsIn()).toEqual(first)
})
