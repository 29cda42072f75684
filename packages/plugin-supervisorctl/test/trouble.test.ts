import { readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, ended, type Fleet, fleet, lives, said } from './fleet.ts'

let of: Fleet
let theirs: Fleet
beforeAll(async () => {
  of = await fleet(1)
  await of.app(lives('1'))
  ended(await of.run(['test', 'release', '--supervisor-watch=0']), 0)
  // The daemon of root, whose socket is root's alone.
  theirs = await fleet(1, { daemonUser: 'root' })
  await theirs.app(lives('1'))
})
afterAll(async () => {
  await of?.stop()
  await theirs?.stop()
})

const live = () => realpathSync(join(of.path('web1'), 'current'))
const runsIn = async () => readlinkSync(`/proc/${await of.daemon('web1').pid('shop')}/cwd`)

/** One clear error, before any host switches; the live release runs on. */
async function refused(code: string, options: object, status = 1) {
  const before = [live(), await of.daemon('web1').pid('shop')]
  await of.options(options)
  const end = await of.run(['test', 'release'])
  await of.options({})
  ended(end, status)
  expect(said(end).match(/\[SUPERVISOR_[A-Z_]+\]/g)).toEqual([`[${code}]`])
  expect([live(), await of.daemon('web1').pid('shop')]).toEqual(before)
}

test('no supervisorctl', () => refused('SUPERVISOR_MISSING', { command: '/nowhere/supervisorctl' }))
test('no sudo right', () => refused('SUPERVISOR_SUDO', { command: 'sudo supervisorctl' }))
test('no program of that name', () => refused('SUPERVISOR_UNKNOWN_PROGRAM', { conf: '', program: 'shoo' }))
test('a release without its configuration', () => refused('SUPERVISOR_CONF', { conf: 'configs/none.conf' }))
test('a configuration that lacks the program', () => refused('SUPERVISOR_CONF', { program: 'other' }))

test('a file at the target is not replaced', async () => {
  const target = join(of.daemon('web1').directory, 'other.conf')
  writeFileSync(target, '; by hand\n')
  await refused('SUPERVISOR_TARGET', { target })
  rmSync(target)
})

test('a socket that is root’s', async () => {
  await theirs.options({ conf: '' })
  const end = await theirs.run(['test', 'release'])
  ended(end, 1)
  expect(said(end)).toContain('[SUPERVISOR_DENIED]')
})

test('a configuration that nobody can read, on a refresh: nothing is stopped, and the release before is live', async () => {
  const pid = await of.daemon('web1').pid('shop')
  const file = join(of.daemon('web1').included, 'neighbour.conf')
  writeFileSync(file, '[program:neighbour]\ndirectory=/tmp\n')
  const end = await of.run(['test', 'supervisorctl.refresh'])
  rmSync(file)
  ended(end, 1)
  expect(said(end)).toContain('SUPERVISOR_BAD_CONF')
  expect(said(end)).toContain('neighbour')
  expect(await of.daemon('web1').pid('shop')).toBe(pid)
})

test('a refresh touches its own group alone', async () => {
  const { included, ctl } = of.daemon('web1')
  const file = join(included, 'neighbour.conf')
  writeFileSync(file, '[program:neighbour]\ncommand=sleep 1000\n')
  await ctl('update')
  const pid = await waitUntil('the neighbour', () => of.daemon('web1').pid('neighbour'))
  writeFileSync(file, '[program:neighbour]\ncommand=sleep 1001\n')
  await of.app(lives('2'), confOf('environment=COLOUR="blue"\n'))
  const plain = await of.run(['test', 'release', '--supervisor-watch=0'])
  ended(plain, 0)
  expect(said(plain)).toContain('shop has changed')
  const end = await of.run(['test', 'supervisorctl.refresh', '--supervisor-watch=0'])
  ended(end, 0)
  expect(await of.daemon('web1').pid('neighbour')).toBe(pid)
  expect(await runsIn()).toBe(live())
})

test('no supervisord', async () => {
  await of.daemon('web1').stop()
  const before = live()
  const end = await of.run(['test', 'release'])
  ended(end, 1)
  expect(said(end)).toContain('SUPERVISOR_DOWN')
  expect(live()).toBe(before)
})
