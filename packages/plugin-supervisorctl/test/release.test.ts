import { readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, dies, ended, type Fleet, fleet, lives, said } from './fleet.ts'

let of: Fleet
beforeAll(async () => {
  of = await fleet(2)
})
afterAll(() => of?.stop())

const live = (host: string) => realpathSync(join(of.path(host), 'current'))
/** Where the program runs on each host, by the kernel's word. */
const runsIn = () => Promise.all(of.names.map(async (name) => readlinkSync(`/proc/${await of.daemon(name).pid('shop')}/cwd`)))
const log = async (host: string) => (await of.daemon(host).ctl('tail', '-8000', 'shop')).stdout
let first: readonly string[]

test('a first release that dies two seconds after its start leaves nothing that runs, and no link', async () => {
  await of.app(dies)
  const end = await of.run(['test', 'release'])
  ended(end, 3)
  expect(said(end)).toContain('SUPERVISOR_DIED')
  for (const name of of.names) {
    expect((await of.daemon(name).ctl('status')).stdout).toBe('')
    expect(() => readlinkSync(join(of.daemon(name).included, 'shop.conf'))).toThrow('ENOENT')
    expect(() => live(name)).toThrow('ENOENT')
  }
})

test('the first release that lives: linked, made known to supervisord, started in the release', async () => {
  await of.app(lives('1'))
  const end = await of.run(['test', 'release'])
  ended(end, 0)
  expect(said(end)).not.toContain('warning')
  first = of.names.map(live)
  expect(await runsIn()).toEqual(first)
  for (const name of of.names) {
    expect(readlinkSync(join(of.daemon(name).included, 'shop.conf'))).toBe(join(of.path(name), 'current/configs/supervisor_test.conf'))
    expect(await log(name)).toContain('version 1')
  }
})

test('the next one is restarted into the new release, and a rollback into the old one', async () => {
  await of.app(lives('2'))
  ended(await of.run(['test', 'release']), 0)
  const second = of.names.map(live)
  expect(second).not.toEqual(first)
  expect(await runsIn()).toEqual(second)
  ended(await of.run(['test', 'rollback']), 0)
  expect(await runsIn()).toEqual(first)
  for (const name of of.names) expect((await log(name)).trim().split('\n').at(-1)).toBe('version 1')
})

test('a release whose program dies two seconds after its start: status 3, its last words, the old release live and running everywhere', async () => {
  await of.app(dies)
  const end = await of.run(['test', 'release'])
  ended(end, 3)
  expect(said(end)).toContain('SUPERVISOR_DIED')
  expect(said(end)).toContain('cannot reach the queue')
  expect(of.names.map(live)).toEqual(first)
  expect(await runsIn()).toEqual(first)
  for (const name of of.names) expect((await of.daemon(name).ctl('status', 'shop')).stdout).toContain('RUNNING')
})

test('it dies on one host alone: the others are put back and restarted as well', async () => {
  await of.app(`#!/bin/sh\ncase $PWD in */web1/*) echo "web1 lacks a key" >&2; exit 1 ;; esac\nexec sleep 1000\n`)
  const end = await of.run(['test', 'release'])
  ended(end, 3)
  expect(said(end)).toContain('web1 lacks a key')
  expect(said(end)).toMatch(/SUPERVISOR_NOT_RUNNING/)
  expect(await runsIn()).toEqual(first)
})

test('a program that does not run in the live release is none of it', async () => {
  // Its configuration leads to a release instead of current, as some are written.
  const fixed = `directory=%(here)s/../shop/releases/${first[0]?.split('/').at(-1)}`
  await of.app(lives('3'), confOf().replace('directory=%(here)s/../shop/current', fixed))
  const end = await of.run(['test', 'release', '--supervisor-refresh=true'])
  ended(end, 3)
  expect(said(end)).toContain('SUPERVISOR_OTHER_RELEASE')
  expect(await runsIn()).toEqual(first)
})

test('web_restart restarts the application, apache_restart and apache_stop the web server', async () => {
  const before = await of.daemon('web1').pid('shop')
  ended(await of.run(['test', 'web_restart']), 0)
  const after = await of.daemon('web1').pid('shop')
  expect(after).not.toBe(before)
  const apache = ['--set', 'supervisorctl.apache=shop', '--set', 'supervisorctl.program=another']
  ended(await of.run(['test', 'apache_restart', ...apache]), 0)
  expect(await of.daemon('web1').pid('shop')).not.toBe(after)
  ended(await of.run(['test', 'apache_stop', ...apache]), 0)
  ended(await of.run(['test', 'supervisorctl.status']), 1)
  ended(await of.run(['test', 'supervisorctl.start']), 0)
})

test('restart alone, status and log tell what runs', async () => {
  const before = await of.daemon('web1').pid('shop')
  ended(await of.run(['test', 'restart']), 0)
  expect(await of.daemon('web1').pid('shop')).not.toBe(before)
  expect(said(await of.run(['test', 'status']))).toMatch(/shop +RUNNING process \d+, uptime/)
  ended(await of.run(['test', 'supervisorctl.status']), 0)
  expect(said(await of.run(['test', 'supervisorctl.log']))).toContain('version 1')
  ended(await of.run(['test', 'supervisorctl.stop']), 0)
  const stopped = await of.run(['test', 'supervisorctl.status'])
  ended(stopped, 1)
  expect(said(stopped)).toContain('shop STOPPED')
  ended(await of.run(['test', 'supervisorctl.start']), 0)
  expect(await runsIn()).toEqual(first)
})
