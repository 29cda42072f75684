import { readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, expectStatus, type Fleet, fleet, lives, outputOf } from './fleet.ts'

let of: Fleet
let theirs: Fleet
beforeAll(async () => {
  of = await fleet(1)
  await of.app(lives('1'))
  expectStatus(await of.run(['test', 'release', '--supervisor-watch=0']), 0)
  // The daemon of root, whose socket only root may use.
  theirs = await fleet(1, { daemonUser: 'root' })
  await theirs.app(lives('1'))
})
afterAll(async () => {
  await of?.stop()
  await theirs?.stop()
})

const live = () => realpathSync(join(of.path('web1'), 'current'))
const runsIn = async () => readlinkSync(`/proc/${await of.daemon('web1').pid('shop')}/cwd`)

/** Expects one clear error before any host switches. The live release keeps running. */
async function expectRefusal(code: string, options: object, status = 1) {
  const before = [live(), await of.daemon('web1').pid('shop')]
  await of.options(options)
  const end = await of.run(['test', 'release'])
  await of.options({})
  expectStatus(end, status)
  expect(outputOf(end).match(/\[SUPERVISOR_[A-Z_]+\]/g)).toEqual([`[${code}]`])
  expect([live(), await of.daemon('web1').pid('shop')]).toEqual(before)
}

test('reports a missing supervisorctl', () => expectRefusal('SUPERVISOR_MISSING', { command: '/nowhere/supervisorctl' }))
test('reports missing sudo rights', () => expectRefusal('SUPERVISOR_SUDO', { command: 'sudo supervisorctl' }))
test('reports an unknown program', () => expectRefusal('SUPERVISOR_UNKNOWN_PROGRAM', { conf: '', program: 'shoo' }))
test('refuses a release without its configuration', () => expectRefusal('SUPERVISOR_CONF', { conf: 'configs/none.conf' }))
test('refuses a configuration without the program', () => expectRefusal('SUPERVISOR_CONF', { program: 'other' }))

test('does not replace a file at the target', async () => {
  const target = join(of.daemon('web1').directory, 'other.conf')
  writeFileSync(target, '; by hand\n')
  await expectRefusal('SUPERVISOR_TARGET', { target })
  rmSync(target)
})

test('reports a socket that only root may use', async () => {
  await theirs.options({ conf: '' })
  const end = await theirs.run(['test', 'release'])
  expectStatus(end, 1)
  expect(outputOf(end)).toContain('[SUPERVISOR_DENIED]')
})

test('a refresh with an unreadable configuration stops nothing, and the previous release is live', async () => {
  const pid = await of.daemon('web1').pid('shop')
  const file = join(of.daemon('web1').included, 'neighbour.conf')
  writeFileSync(file, '[program:neighbour]\ndirectory=/tmp\n')
  const end = await of.run(['test', 'supervisorctl.refresh'])
  rmSync(file)
  expectStatus(end, 1)
  expect(outputOf(end)).toContain('SUPERVISOR_BAD_CONF')
  expect(outputOf(end)).toContain('neighbour')
  expect(await of.daemon('web1').pid('shop')).toBe(pid)
})

test('a refresh touches only its own group', async () => {
  const { included, ctl } = of.daemon('web1')
  const file = join(included, 'neighbour.conf')
  writeFileSync(file, '[program:neighbour]\ncommand=sleep 1000\n')
  await ctl('update')
  const pid = await waitUntil('the neighbour', () => of.daemon('web1').pid('neighbour'))
  writeFileSync(file, '[program:neighbour]\ncommand=sleep 1001\n')
  await of.app(lives('2'), confOf('environment=COLOUR="blue"\n'))
  const plain = await of.run(['test', 'release', '--supervisor-watch=0'])
  expectStatus(plain, 0)
  expect(outputOf(plain)).toContain('shop has changed')
  const end = await of.run(['test', 'supervisorctl.refresh', '--supervisor-watch=0'])
  expectStatus(end, 0)
  expect(await of.daemon('web1').pid('neighbour')).toBe(pid)
  expect(await runsIn()).toBe(live())
})

test('reports a supervisord that does not answer', async () => {
  await of.daemon('web1').stop()
  const before = live()
  const end = await of.run(['test', 'release'])
  expectStatus(end, 1)
  expect(outputOf(end)).toContain('SUPERVISOR_DOWN')
  expect(live()).toBe(before)
})
