import { realpathSync } from 'node:fs'
import { createTestUser, type SshHosts, type SystemdMachine, startSshHosts, startSystemdMachine } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemdProject, dies, expectStatus, lives, outputOf, type SystemdProject } from './fleet.ts'

let machine: SystemdMachine
const open: (SshHosts | SystemdProject)[] = []
beforeAll(async () => {
  machine = await startSystemdMachine([await createTestUser('plain')])
})
afterAll(async () => {
  for (const each of open) await ('stop' in each ? each.stop() : each.remove())
  await machine?.stop()
})

async function made(kind: 'plain' | 'sudo-nopass', count: number, outside = false) {
  const hosts = await startSshHosts(count, { user: kind, ...(!outside && { within: machine.shared, enter: machine.enter }) })
  const one = await createSystemdProject(hosts)
  open.push(one, hosts)
  return { hosts, one }
}

const unitText = (path: string, more = '') =>
  `[Service]\nWorkingDirectory=${path}/current\nExecStart=${path}/current/bin/serve\nRestart=always\nRestartSec=100ms\n${more}\n[Install]\nWantedBy=default.target\n`
const write = async (name: string, text: string) => {
  await machine.run(['sh', '-c', 'mkdir -p /etc/systemd/system && cat >/etc/systemd/system/"$1" && systemctl daemon-reload', 'sh', name], {
    stdin: text,
  })
}
const show = async (unit: string, property: string, manager: readonly string[] = []) =>
  (
    await machine.run([...manager, 'systemctl', ...(manager.length ? ['--user'] : []), 'show', '--value', '-p', property, unit])
  ).stdout.trim()
/** The directory in which its process runs, read from /proc. Process ids are those of the machine. */
const cwd = async (unit: string, manager: readonly string[] = []) =>
  (await machine.run(['readlink', `/proc/${await show(unit, 'MainPID', manager)}/cwd`])).stdout.trim()

describe('units of the system, by sudo', () => {
  let one: SystemdProject
  let names: readonly string[]
  let first: readonly string[]
  const live = () => names.map((name) => realpathSync(`${one.path(name)}/current`))
  const running = () => Promise.all(names.map((name) => cwd(`shop-${name}.service`)))

  beforeAll(async () => {
    const { hosts, one: made_ } = await made('sudo-nopass', 2)
    one = made_
    names = hosts.hosts.map(({ name }) => name)
    for (const name of names) await write(`shop-${name}.service`, unitText(one.path(name)))
    await one.options(({ name }) => ({ units: [`shop-${name}`] }))
  })

  test('a first release that dies leaves no process', async () => {
    await one.app(dies)
    const end = await one.run(['test', 'release'])
    expectStatus(end, 3)
    expect(outputOf(end)).toContain('SYSTEMD_DIED')
    for (const name of names) expect(await show(`shop-${name}`, 'ActiveState')).toBe('inactive')
  })

  test('runs in the live release, after the next release and after a rollback', async () => {
    await one.app(lives('1'))
    expectStatus(await one.run(['test', 'release']), 0)
    first = live()
    expect(await running()).toEqual(first)
    await one.app(lives('2'))
    expectStatus(await one.run(['test', 'release']), 0)
    expect(live()).not.toEqual(first)
    expect(await running()).toEqual(live())
    expectStatus(await one.run(['test', 'rollback']), 0)
    expect(live()).toEqual(first)
    expect(await running()).toEqual(first)
  })

  test('a unit that dies two seconds after its start: status 3, the journal’s last lines, and the old release runs everywhere', async () => {
    await one.app(dies)
    const end = await one.run(['test', 'release'])
    expectStatus(end, 3)
    expect(outputOf(end)).toContain('SYSTEMD_DIED')
    expect(outputOf(end)).toContain('cannot reach the queue')
    expect(live()).toEqual(first)
    expect(await running()).toEqual(first)
  })

  test('a reload keeps the processes, and starts units that are not running', async () => {
    for (const name of names) await write(`shop-${name}.service`, unitText(one.path(name), 'ExecReload=/bin/true'))
    const before = await show('shop-web1', 'MainPID')
    expectStatus(await one.run(['test', 'systemd.reload']), 0)
    expect(await show('shop-web1', 'MainPID')).toBe(before)
    expectStatus(await one.run(['test', 'systemd.stop']), 0)
    expectStatus(await one.run(['test', 'systemd.status']), 1)
    expectStatus(await one.run(['test', 'systemd.reload']), 0)
    const status = await one.run(['test', 'status'])
    expect(outputOf(status)).toMatch(/shop-web1.service +active \(running\), process \d+/)
    expect(outputOf(await one.run(['test', 'systemd.log']))).toContain('version 1')
  })

  test('apache_restart and apache_stop are for the unit of the web server', async () => {
    const apache = ['--host', 'web1', '--set', 'systemd.apache=shop-web1', '--set', 'systemd.units=another.service']
    const before = await show('shop-web1', 'MainPID')
    expectStatus(await one.run(['test', 'apache_restart', ...apache]), 0)
    expect(await show('shop-web1', 'MainPID')).not.toBe(before)
    expectStatus(await one.run(['test', 'apache_stop', ...apache]), 0)
    expect(await show('shop-web1', 'ActiveState')).toBe('inactive')
    expectStatus(await one.run(['test', 'systemd.start']), 0)
  })

  test('handles Type=notify and Type=oneshot', async () => {
    await write('shop-web1.service', unitText(one.path('web1'), 'Type=notify\nNotifyAccess=all').replace('/bin/serve', '/bin/ready'))
    await write('shop-web2.service', `[Service]\nType=oneshot\nExecStart=${one.path('web2')}/current/bin/once\n`)
    const ready = '#!/bin/sh\nsystemd-notify --ready\nexec sleep 1000\n'
    await one.app(lives('3'), { 'bin/ready': ready, 'bin/once': '#!/bin/sh\nexit 0\n' })
    expectStatus(await one.run(['test', 'release']), 0)
    await one.app(lives('4'), { 'bin/ready': ready, 'bin/once': '#!/bin/sh\necho "no room" >&2\nexit 4\n' })
    const end = await one.run(['test', 'release'])
    expectStatus(end, 3)
    expect(outputOf(end)).toContain('no room')
  })
})

describe('units of the user', () => {
  test('are installed from the release, enabled, and restored by undo', async () => {
    const { hosts, one } = await made('plain', 1)
    const manager = [
      'setpriv',
      '--reuid',
      String(hosts.user.uid),
      '--regid',
      String(hosts.user.gid),
      '--clear-groups',
      'env',
      `XDG_RUNTIME_DIR=/run/user/${hosts.user.uid}`,
    ]
    await one.options(() => ({ user: true, install: ['etc/shop.service'] }))
    const unit = unitText(one.path('web1'))
    await one.app(dies, { 'etc/shop.service': unit })
    expectStatus(await one.run(['test', 'release']), 3)
    expect(await show('shop', 'LoadState', manager)).toBe('not-found')
    await one.app(lives('1'), { 'etc/shop.service': unit })
    expectStatus(await one.run(['test', 'release']), 0)
    const live = realpathSync(`${one.path('web1')}/current`)
    expect(await cwd('shop', manager)).toBe(live)
    expect(await show('shop', 'UnitFileState', manager)).toBe('enabled')
    // A release with another unit file that does not start: the previous file is restored.
    await one.app(lives('2'), { 'etc/shop.service': unit.replace('bin/serve', 'bin/none') })
    const end = await one.run(['test', 'release'])
    expectStatus(end, 3)
    expect(await cwd('shop', manager)).toBe(live)
    expect(await show('shop', 'ExecStart', manager)).toContain('bin/serve')
  })
})

describe('reports problems before any host switches', () => {
  test('missing rights, an unknown unit, no systemd', async () => {
    const { one } = await made('plain', 1)
    await write('theirs.service', '[Service]\nExecStart=/bin/sleep 1000\n')
    await one.app(lives('1'))
    await one.options(() => ({ units: ['theirs'] }))
    const denied = await one.run(['test', 'release'])
    expectStatus(denied, 1)
    expect(outputOf(denied)).toContain('SYSTEMD_DENIED')
    await one.options(() => ({ units: ['no-such'] }))
    const unknown = await one.run(['test', 'release'])
    expectStatus(unknown, 1)
    expect(outputOf(unknown)).toMatch(/SYSTEMD_UNKNOWN_UNIT/)
    const { one: without } = await made('plain', 1, true)
    await without.options(() => ({}))
    await without.app(lives('1'))
    const end = await without.run(['test', 'release'])
    expectStatus(end, 1)
    expect(outputOf(end)).toContain('SYSTEMD_MISSING')
  })
})
