import { readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confOf, expectStatus, type Fleet, fleet, lives, outputOf } from './fleet.ts'

let cluster: Fleet
let theirs: Fleet
beforeAll(async () => {
  cluster = await fleet(1)
  await cluster.app(lives('1'))
  expectStatus(await cluster.run(['test', 'release', '--supervisor-watch=0']), 0)
  // The daemon of root, whose socket only root may use.
  theirs = await fleet(1, { daemonUser: 'root' })
  await theirs.app(lives('1'))
})
afterAll(async () => {
  await cluster?.stop()
  await theirs?.stop()
})

const live = () => realpathSync(join(cluster.path('web1'), 'current'))
const runsIn = async () => readlinkSync(`/proc/${await cluster.daemon('web1').pid('shop')}/cwd`)

/** Expects one clear error before any host switches. The live release keeps running. */
async function expectRefusal(code: string, options: object, status = 1) {
  const before = [live(), await cluster.daemon('web1').pid('shop')]
  await cluster.options(options)
  const end = await cluster.run(['test', 'release'])
  await cluster.options({})
  expectStatus(end, status)
  expect(outputOf(end).match(/\[SUPERVISOR_[A-Z_]+\]/g)).toEqual([`[${code}]`])
  expect([live(), await cluster.daemon('web1').pid('shop')]).toEqual(before)
}

test('reports a missing supervisorctl', () => expectRefusal('SUPERVISOR_MISSING', { command: '/nowhere/supervisorctl' }))
test('reports missing sudo rights', () => expectRefusal('SUPERVISOR_SUDO', { command: 'sudo supervisorctl' }))
test('reports an unknown program', () => expectRefusal('SUPERVISOR_UNKNOWN_PROGRAM', { conf: '', program: 'shoo' }))
test('refuses a release without its configuration', () => expectRefusal('SUPERVISOR_CONF', { conf: 'configs/none.conf' }))
test('refuses a configuration without the program', () => expectRefusal('SUPERVISOR_CONF', { program: 'other' }))

test('does not replace a file at the target', async () => {
  const target = join(cluster.daemon('web1').directory, 'other.conf')
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
  const pid = await cluster.daemon('web1').pid('shop')
  const file = join(cluster.daemon('web1').included, 'neighbour.conf')
  writeFileSync(file, '[program:neighbour]\ndirectory=/tmp\n')
  const end = await cluster.run(['test', 'supervisorctl.refresh'])
  rmSync(file)
  expectStatus(end, 1)
  expect(outputOf(end)).toContain('SUPERVISOR_BAD_CONF')
  expect(outputOf(end)).toContain('neighbour')
  expect(await cluster.daemon('web1').pid('shop')).toBe(pid)
})

test('a refresh touches only its own group', async () => {
  const { included, ctl } = cluster.daemon('web1')
  const file = join(included, 'neighbour.conf')
  writeFileSync(file, '[program:neighbour]\ncommand=sleep 1000\n')
  await ctl('update')
  const pid = await waitUntil('the neighbour', () => cluster.daemon('web1').pid('neighbour'))
  writeFileSync(file, '[program:neighbour]\ncommand=sleep 1001\n')
  await cluster.app(lives('2'), confOf('environment=COLOUR="blue"\n'))
  const plain = await cluster.run(['test', 'release', '--supervisor-watch=0'])
  expectStatus(plain, 0)
  expect(outputOf(plain)).toContain('shop has changed')
  const end = await cluster.run(['test', 'supervisorctl.refresh', '--supervisor-watch=0'])
  expectStatus(end, 0)
  expect(await cluster.daemon('web1').pid('neighbour')).toBe(pid)
  expect(await runsIn()).toBe(live())
})

test('reports a supervisord that does not answer', async () => {
  await cluster.daemon('web1').stop()
  const before = live()
  const end = await cluster.run(['test', 'release'])
  expectStatus(end, 1)
  expect(outputOf(end)).toContain('SUPERVISOR_DOWN')
  expect(live()).toBe(before)
})
