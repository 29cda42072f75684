import { realpathSync } from 'node:fs'
import { createTestUser, type SshHosts, type SystemdMachine, startSshHosts, startSystemdMachine } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSystemdProject, dies, ended, lives, type SystemdProject, said } from './fleet.ts'

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
const show = async (unit: string, property: string, of: readonly string[] = []) =>
  (await machine.run([...of, 'systemctl', ...(of.length ? ['--user'] : []), 'show', '--value', '-p', property, unit])).stdout.trim()
/** Where its process runs, by the kernel's word; process ids are the machine's. */
const cwd = async (unit: string, of: readonly string[] = []) =>
  (await machine.run(['readlink', `/proc/${await show(unit, 'MainPID', of)}/cwd`])).stdout.trim()

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

  test('a first release that dies leaves nothing that runs', async () => {
    await one.app(dies)
    const end = await one.run(['test', 'release'])
    ended(end, 3)
    expect(said(end)).toContain('SYSTEMD_DIED')
    for (const name of names) expect(await show(`shop-${name}`, 'ActiveState')).toBe('inactive')
  })

  test('one that lives runs in the live release, after the next one and after a rollback', async () => {
    await one.app(lives('1'))
    ended(await one.run(['test', 'release']), 0)
    first = live()
    expect(await running()).toEqual(first)
    await one.app(lives('2'))
    ended(await one.run(['test', 'release']), 0)
    expect(live()).not.toEqual(first)
    expect(await running()).toEqual(live())
    ended(await one.run(['test', 'rollback']), 0)
    expect(live()).toEqual(first)
    expect(await running()).toEqual(first)
  })

  test('one that dies two seconds after its start: status 3, the journal’s last lines, the old release runs everywhere', async () => {
    await one.app(dies)
    const end = await one.run(['test', 'release'])
    ended(end, 3)
    expect(said(end)).toContain('SYSTEMD_DIED')
    expect(said(end)).toContain('cannot reach the queue')
    expect(live()).toEqual(first)
    expect(await running()).toEqual(first)
  })

  test('a reload keeps the process, and starts what does not run', async () => {
    for (const name of names) await write(`shop-${name}.service`, unitText(one.path(name), 'ExecReload=/bin/true'))
    const before = await show('shop-web1', 'MainPID')
    ended(await one.run(['test', 'systemd.reload']), 0)
    expect(await show('shop-web1', 'MainPID')).toBe(before)
    ended(await one.run(['test', 'systemd.stop']), 0)
    ended(await one.run(['test', 'systemd.status']), 1)
    ended(await one.run(['test', 'systemd.reload']), 0)
    const status = await one.run(['test', 'status'])
    expect(said(status)).toMatch(/shop-web1.service +active \(running\), process \d+/)
    expect(said(await one.run(['test', 'systemd.log']))).toContain('version 1')
  })

  test('apache_restart and apache_stop are for the unit of the web server', async () => {
    const apache = ['--host', 'web1', '--set', 'systemd.apache=shop-web1', '--set', 'systemd.units=another.service']
    const before = await show('shop-web1', 'MainPID')
    ended(await one.run(['test', 'apache_restart', ...apache]), 0)
    expect(await show('shop-web1', 'MainPID')).not.toBe(before)
    ended(await one.run(['test', 'apache_stop', ...apache]), 0)
    expect(await show('shop-web1', 'ActiveState')).toBe('inactive')
    ended(await one.run(['test', 'systemd.start']), 0)
  })

  test('Type=notify and oneshot are taken for what they are', async () => {
    await write('shop-web1.service', unitText(one.path('web1'), 'Type=notify\nNotifyAccess=all').replace('/bin/serve', '/bin/ready'))
    await write('shop-web2.service', `[Service]\nType=oneshot\nExecStart=${one.path('web2')}/current/bin/once\n`)
    const ready = '#!/bin/sh\nsystemd-notify --ready\nexec sleep 1000\n'
    await one.app(lives('3'), { 'bin/ready': ready, 'bin/once': '#!/bin/sh\nexit 0\n' })
    ended(await one.run(['test', 'release']), 0)
    await one.app(lives('4'), { 'bin/ready': ready, 'bin/once': '#!/bin/sh\necho "no room" >&2\nexit 4\n' })
    const end = await one.run(['test', 'release'])
    ended(end, 3)
    expect(said(end)).toContain('no room')
  })
})

describe('units of the user', () => {
  test('come with the release, are installed and enabled, and put back', async () => {
    const { hosts, one } = await made('plain', 1)
    const of = [
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
    ended(await one.run(['test', 'release']), 3)
    expect(await show('shop', 'LoadState', of)).toBe('not-found')
    await one.app(lives('1'), { 'etc/shop.service': unit })
    ended(await one.run(['test', 'release']), 0)
    const live = realpathSync(`${one.path('web1')}/current`)
    expect(await cwd('shop', of)).toBe(live)
    expect(await show('shop', 'UnitFileState', of)).toBe('enabled')
    // A release with another unit file that does not start: the file of before is back.
    await one.app(lives('2'), { 'etc/shop.service': unit.replace('bin/serve', 'bin/none') })
    const end = await one.run(['test', 'release'])
    ended(end, 3)
    expect(await cwd('shop', of)).toBe(live)
    expect(await show('shop', 'ExecStart', of)).toContain('bin/serve')
  })
})

describe('what is wrong is told before any host switches', () => {
  test('no right to, no such unit, no systemd', async () => {
    const { one } = await made('plain', 1)
    await write('theirs.service', '[Service]\nExecStart=/bin/sleep 1000\n')
    await one.app(lives('1'))
    await one.options(() => ({ units: ['theirs'] }))
    const denied = await one.run(['test', 'release'])
    ended(denied, 1)
    expect(said(denied)).toContain('SYSTEMD_DENIED')
    await one.options(() => ({ units: ['no-such'] }))
    const unknown = await one.run(['test', 'release'])
    ended(unknown, 1)
    expect(said(unknown)).toMatch(/SYSTEMD_UNKNOWN_UNIT/)
    const { one: without } = await made('plain', 1, true)
    await without.options(() => ({}))
    await without.app(lives('1'))
    const end = await without.run(['test', 'release'])
    ended(end, 1)
    expect(said(end)).toContain('SYSTEMD_MISSING')
  })
})
