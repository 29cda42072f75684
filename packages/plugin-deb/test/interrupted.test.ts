import { buildDebPackage, type DebianHosts, proxySshHosts, startDebianHosts, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDebProject, type DebProject, expectStatus, outputOf } from './fleet.ts'

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
/** A package whose postinst waits until the test lets it continue. */
const waits = { postinst: '#!/bin/sh\n: >/tmp/in\nwhile [ ! -e /tmp/go ]; do sleep 0.1; done\n' }
const waitForPostinst = () =>
  waitUntil('the postinst', async () => (await hosts.on('web1', ['test', '-e', '/tmp/in'])).status === 0, 60_000)

test('DEB-04: waits for dpkg’s lock for a limited time, and names the process that holds it', async () => {
  await one.package({ version: '1.0' })
  const slow = await buildDebPackage(hosts.shared, { name: 'shop-slow', version: '1', control: waits })
  const holder = hosts.on('web1', ['dpkg', '-i', slow])
  await waitForPostinst()
  await one.config({ wait: 2 })
  const impatient = await one.run('test', 'deb.deploy')
  expectStatus(impatient, 1)
  expect(outputOf(impatient)).toMatch(/DEB_LOCKED/)
  expect(outputOf(impatient)).toMatch(/lock-frontend.* held by process \d+ \(dpkg\)/)
  expect(await version()).toBe('')

  await one.config({ wait: 120 })
  const patient = one.start(['test', 'deb.deploy'])
  await waitUntil('the notice', () => /waiting for apt, 120 s at most: .*held by process \d+ \(dpkg\)/.test(patient.output()), 60_000)
  await hosts.sh('web1', 'touch /tmp/go')
  expect((await holder).status).toBe(0)
  expectStatus(await patient.result, 0)
  expect(await version()).toBe('1.0 ii')
})

test('DEB-05: keeps or replaces a changed conffile and reports it, and asks no question', async () => {
  const control = {
    templates: 'Template: shop/sure\nType: boolean\nDefault: false\nDescription: Sure?\n',
    config: '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_fset shop/sure seen false\ndb_input critical shop/sure || :\ndb_go || :\n',
    postinst: '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_get shop/sure\n',
  }
  const file = (text: string) => ({ files: { '/etc/shop.conf': text }, control })
  await one.package({ version: '1', ...file('one\n') })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  await hosts.sh('web1', 'echo mine >/etc/shop.conf')
  await one.package({ version: '2', ...file('two\n') })
  const kept = await one.run('test', 'deb.deploy')
  expectStatus(kept, 0)
  expect(outputOf(kept)).toContain('/etc/shop.conf was changed on this host and is kept')
  expect(await hosts.sh('web1', 'cat /etc/shop.conf /etc/shop.conf.dpkg-dist')).toBe('mine\ntwo\n')
  await one.config({ conffiles: 'replace' })
  await one.package({ version: '3', ...file('three\n') })
  const replaced = await one.run('test', 'deb.deploy')
  expectStatus(replaced, 0)
  expect(outputOf(replaced)).toContain('/etc/shop.conf was changed on this host and is replaced')
  expect(await hosts.sh('web1', 'cat /etc/shop.conf /etc/shop.conf.dpkg-old')).toBe('three\nmine\n')
})

test('an installation ends even if the client is killed, no run interferes, and the next run reports it', async () => {
  await one.package({ version: '1.0' })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '2.0', control: waits })
  const client = one.start(['test', 'deb.deploy'])
  await waitForPostinst()
  client.kill('SIGKILL')
  await client.result
  expectStatus(await one.run('test', 'deb.deploy'), 75)
  expect(outputOf(await one.run('test', 'deb.status'))).toMatch(/begun +2\.0, .*its end is unknown/)
  await hosts.sh('web1', 'touch /tmp/go')
  await waitUntil('its end', async () => (await version()) === '2.0 ii', 60_000)
  const next = await one.run('test', 'deb.deploy', '--lock-wait', '30')
  expectStatus(next, 0)
  expect(outputOf(next)).toMatch(/the installation of 2\.0, begun .* continued without a connection and exited with status 0/)
  expect(outputOf(await one.run('test', 'deb.status'))).not.toContain('begun')
})

test('if the connection is lost during an installation, it ends first and is undone after that', async () => {
  const proxied = await proxySshHosts(hosts)
  const through = await createDebProject({ ...hosts, sshConfig: proxied.sshConfig })
  await through.config()
  await through.package({ version: '1.0' })
  expectStatus(await through.run('test', 'deb.deploy'), 0)
  await through.package({ version: '2.0', control: waits })
  const client = through.start(['test', 'deb.deploy'])
  await waitForPostinst()
  for (const proxy of proxied.proxies) proxy.inject({ how: 'rst' })
  await waitUntil('the notice', () => client.output().includes('the connection was lost'), 60_000)
  await hosts.sh('web1', 'touch /tmp/go')
  expectStatus(await client.result, 3)
  expect(await version()).toBe('1.0 ii')
  expect(await hosts.sh('web1', "grep -c 'status installed shop:all 2.0' /var/log/dpkg.log")).not.toBe('0\n')
  await through.remove()
  await proxied.stop()
})

test('the next run completes an installation that was cut off (power, the out-of-memory killer)', async () => {
  await one.package({ version: '1.0' })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
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
  expectStatus(next, 0)
  expect(outputOf(next)).toMatch(/dpkg had left these incomplete: shop/)
  expect(await version()).toBe('2.0 ii')
})
