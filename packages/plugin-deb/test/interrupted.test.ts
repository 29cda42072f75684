import { buildDebPackage, type DebianHosts, proxySshHosts, startDebianHosts, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDebProject, type DebProject, ended, said } from './fleet.ts'

let hosts: DebianHosts
let one: DebProject

beforeAll(async () => {
  hosts = await startDebianHosts(1)
  await hosts.sh('web1', 'rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*')
})
afterAll(async () => {
  await hosts?.stop()
})
beforeEach(async () => {
  one = await createDebProject(hosts)
  await one.config()
  return async () => {
    await hosts.sh(
      'web1',
      'dpkg --purge --force-all shop shop-slow >/dev/null 2>&1; rm -rf /var/lib/dragonfab /etc/shop* /tmp/go /tmp/in; :',
    )
    await one.remove()
  }
})

const version = async () =>
  (await hosts.on('web1', ['dpkg-query', '-W', '-f=$' + '{Version} $' + '{db:Status-Abbrev}', 'shop'])).stdout.trim()
/** It stays in its postinst until it may go on. */
const waits = { postinst: '#!/bin/sh\n: >/tmp/in\nwhile [ ! -e /tmp/go ]; do sleep 0.1; done\n' }
const waitForPostinst = () =>
  waitUntil('the postinst', async () => (await hosts.on('web1', ['test', '-e', '/tmp/in'])).status === 0, 60_000)

test('DEB-04: dpkg’s lock is waited for with a notice that names who holds it, and not for ever', async () => {
  await one.package({ version: '1.0' })
  const slow = await buildDebPackage(hosts.shared, { name: 'shop-slow', version: '1', control: waits })
  const holder = hosts.on('web1', ['dpkg', '-i', slow])
  await waitForPostinst()
  await one.config({ wait: 2 })
  const impatient = await one.run('test', 'deb.deploy')
  ended(impatient, 1)
  expect(said(impatient)).toMatch(/DEB_LOCKED/)
  expect(said(impatient)).toMatch(/lock-frontend.* held by process \d+ \(dpkg\)/)
  expect(await version()).toBe('')

  await one.config({ wait: 120 })
  const patient = one.start(['test', 'deb.deploy'])
  await waitUntil('the notice', () => /waiting for apt, 120 s at most: .*held by process \d+ \(dpkg\)/.test(patient.output()), 60_000)
  await hosts.sh('web1', 'touch /tmp/go')
  expect((await holder).status).toBe(0)
  ended(await patient.result, 0)
  expect(await version()).toBe('1.0 ii')
})

test('DEB-05: a changed conffile stays or is replaced as chosen, a critical question is not asked, and both are told', async () => {
  const control = {
    templates: 'Template: shop/sure\nType: boolean\nDefault: false\nDescription: Sure?\n',
    config: '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_fset shop/sure seen false\ndb_input critical shop/sure || :\ndb_go || :\n',
    postinst: '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_get shop/sure\n',
  }
  const file = (text: string) => ({ files: { '/etc/shop.conf': text }, control })
  await one.package({ version: '1', ...file('one\n') })
  ended(await one.run('test', 'deb.deploy'), 0)
  await hosts.sh('web1', 'echo mine >/etc/shop.conf')
  await one.package({ version: '2', ...file('two\n') })
  const kept = await one.run('test', 'deb.deploy')
  ended(kept, 0)
  expect(said(kept)).toContain('/etc/shop.conf was changed on this host and is kept')
  expect(await hosts.sh('web1', 'cat /etc/shop.conf /etc/shop.conf.dpkg-dist')).toBe('mine\ntwo\n')
  await one.config({ conffiles: 'replace' })
  await one.package({ version: '3', ...file('three\n') })
  const replaced = await one.run('test', 'deb.deploy')
  ended(replaced, 0)
  expect(said(replaced)).toContain('/etc/shop.conf was changed on this host and is replaced')
  expect(await hosts.sh('web1', 'cat /etc/shop.conf /etc/shop.conf.dpkg-old')).toBe('three\nmine\n')
})

test('an installation goes on to its end when the client is killed, nobody comes in between, and the next run tells of it', async () => {
  await one.package({ version: '1.0' })
  ended(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '2.0', control: waits })
  const client = one.start(['test', 'deb.deploy'])
  await waitForPostinst()
  client.kill('SIGKILL')
  await client.result
  ended(await one.run('test', 'deb.deploy'), 75)
  expect(said(await one.run('test', 'deb.status'))).toMatch(/begun +2\.0, .*its end was not seen/)
  await hosts.sh('web1', 'touch /tmp/go')
  await waitUntil('its end', async () => (await version()) === '2.0 ii', 60_000)
  const next = await one.run('test', 'deb.deploy', '--lock-wait', '30')
  ended(next, 0)
  expect(said(next)).toMatch(/the installation of 2\.0, begun .* was not seen to its end: it ended with status 0/)
  expect(said(await one.run('test', 'deb.status'))).not.toContain('begun')
})

test('where the connection is lost while it installs, it ends first, and only then goes the way back', async () => {
  const proxied = await proxySshHosts(hosts)
  const through = await createDebProject({ ...hosts, sshConfig: proxied.sshConfig })
  await through.config()
  await through.package({ version: '1.0' })
  ended(await through.run('test', 'deb.deploy'), 0)
  await through.package({ version: '2.0', control: waits })
  const client = through.start(['test', 'deb.deploy'])
  await waitForPostinst()
  for (const proxy of proxied.proxies) proxy.inject({ how: 'rst' })
  await waitUntil('the notice', () => client.output().includes('the connection was lost'), 60_000)
  await hosts.sh('web1', 'touch /tmp/go')
  ended(await client.result, 3)
  expect(await version()).toBe('1.0 ii')
  expect(await hosts.sh('web1', "grep -c 'status installed shop:all 2.0' /var/log/dpkg.log")).not.toBe('0\n')
  await through.remove()
  await proxied.stop()
})

test('what was cut in the middle (power, the out-of-memory killer) is completed by the next run', async () => {
  await one.package({ version: '1.0' })
  ended(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '2.0', control: waits })
  const client = one.start(['test', 'deb.deploy'])
  await waitForPostinst()
  client.kill('SIGKILL')
  await client.result
  const pids = (
    await hosts.sh(
      'web1',
      'for each in /proc/[0-9]*; do [ "$(readlink $each/root)" = / ] && [ "$(readlink $each/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ] && case $(cat $each/comm) in apt-get | dpkg | shop.postinst) echo ${each#/proc/} ;; esac; done; :',
    )
  ).trim()
  if (pids) await hosts.sh('web1', `kill -9 ${pids.split('\n').join(' ')} 2>/dev/null; :`)
  await waitUntil('half of it', async () => (await version()) === '2.0 iF', 60_000)
  await hosts.sh('web1', 'touch /tmp/go')
  const next = await one.run('test', 'deb.deploy', '--lock-wait', '30')
  ended(next, 0)
  expect(said(next)).toMatch(/dpkg had left half done: shop/)
  expect(await version()).toBe('2.0 ii')
})
