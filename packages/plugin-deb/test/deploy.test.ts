import { cp, mkdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebianHosts, startDebianHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDebProject, type DebProject, expectStatus, outputOf } from './fleet.ts'

let hosts: DebianHosts
let one: DebProject

beforeAll(async () => {
  hosts = await startDebianHosts(2)
  // These tests use no mirror, and apt is faster without lists to read.
  for (const { name } of hosts.hosts) await hosts.sh(name, 'rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*')
})
afterAll(async () => {
  await hosts?.stop()
})
beforeEach(async () => {
  one = await createDebProject(hosts)
  await one.config()
  return async () => {
    for (const { name } of hosts.hosts)
      await hosts.sh(name, 'dpkg --purge --force-all shop shop-lib >/dev/null 2>&1; rm -rf /var/lib/dragonfab /etc/shop.conf*; :')
    await one.remove()
  }
})

const version = async (host = 'web1', name = 'shop') =>
  (await hosts.on(host, ['dpkg-query', '-W', '-f=$' + '{Version} $' + '{db:Status-Abbrev}', name])).stdout.trim()
const versions = async () => [await version('web1'), await version('web2')]
const prints = (text: string) => ({ '/usr/bin/shop': `#!/bin/sh\necho ${text}\n` })

test('installs the newest version (in dpkg’s order) of that name and architecture on all hosts, and rolls back', async () => {
  for (const each of ['1.9', '1.10~rc1', '1.2']) await one.package({ version: each, files: prints(each) })
  await one.package({ version: '3.0', name: 'shop-dbg' })
  await one.package({ version: '3.0', name: 'shop2' })
  await one.package({ version: '3.0', architecture: 'riscv64' })
  const cut = await one.package({ version: '4.0' })
  await truncate(cut, (await stat(cut)).size - 1)
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  expect(await versions()).toEqual(['1.10~rc1 ii', '1.10~rc1 ii'])

  await one.package({ version: '1.10', files: prints('1.10') })
  const end = await one.run('test', 'deb.deploy')
  expectStatus(end, 0)
  expect(outputOf(end)).toContain('ignored shop_4.0_all.deb: it is incomplete')
  expect(await versions()).toEqual(['1.10 ii', '1.10 ii'])
  expect(await hosts.sh('web2', 'shop')).toBe('1.10\n')
  expect((await hosts.on('web1', ['sh', '-c', 'dpkg-query -W shop-dbg shop2'])).status).toBe(1)

  const status = await one.run('test', 'deb.status')
  expect(outputOf(status)).toMatch(/shop +1\.10, installed/)
  expect(outputOf(status)).toMatch(/kept +1\.10~rc1 1\.10/)

  expectStatus(await one.run('test', 'deb.rollback'), 0)
  expect(await versions()).toEqual(['1.10~rc1 ii', '1.10~rc1 ii'])

  // An epoch counts before everything else.
  await one.package({ version: '1:0.1', files: prints('epoch') })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  expect(await versions()).toEqual(['1:0.1 ii', '1:0.1 ii'])
})

test('all hosts upload and simulate first; if one cannot install, none is changed', async () => {
  await one.package({ version: '1.0' })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '2.0', fields: { Depends: 'shop-lib' } })
  const lib = await one.package({ version: '1.0', name: 'shop-lib' })
  await cp(lib, join(hosts.shared, 'lib.deb'))
  await hosts.sh('web1', `dpkg -i ${hosts.shared}/lib.deb`)
  const end = await one.run('test', 'deb.deploy')
  expectStatus(end, 1)
  expect(outputOf(end)).toContain('DEB_UNRESOLVED')
  expect(outputOf(end)).toMatch(/shop : Depends: shop-lib/)
  expect(await versions()).toEqual(['1.0 ii', '1.0 ii'])
})

test('DEB-01: if a postinst fails on one host, all hosts return to the previous version', async () => {
  await one.package({ version: '1.0', files: prints('1.0') })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  const postinst = '#!/bin/sh\n[ "$(hostname)" != web2 ] || { echo "cannot reach the queue" >&2; exit 1; }\n'
  await one.package({ version: '2.0', files: prints('2.0'), control: { postinst } })
  const end = await one.run('test', 'deb.deploy')
  expectStatus(end, 3)
  expect(outputOf(end)).toContain('DEB_INSTALL_FAILED')
  expect(outputOf(end)).toContain('cannot reach the queue')
  expect(outputOf(end)).toMatch(/shop 2\.0 is half configured/)
  expect(await versions()).toEqual(['1.0 ii', '1.0 ii'])
  expect(await hosts.sh('web2', 'shop')).toBe('1.0\n')
})

test('DEB-01: removes a first version that fails', async () => {
  await one.package({ version: '1.0', control: { postinst: '#!/bin/sh\nexit 1\n' } })
  expectStatus(await one.run('test', 'deb.deploy'), 3)
  expect(await versions()).toEqual(['', ''])
})

test('refuses an older version, and does not reinstall the installed one', async () => {
  await one.package({ version: '1.10' })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  const log = () => hosts.sh('web1', 'cat /var/log/dpkg.log')
  const before = await log()
  const again = await one.run('test', 'deb.deploy')
  expectStatus(again, 0)
  expect(outputOf(again)).toContain('shop 1.10 is installed')
  expect(await log()).toBe(before)

  await rm(one.packages, { recursive: true })
  await mkdir(one.packages)
  await one.package({ version: '1.9' })
  const older = await one.run('test', 'deb.deploy')
  expectStatus(older, 1)
  expect(outputOf(older)).toContain('shop 1.10 is installed, which is newer than 1.9')
  expect(await log()).toBe(before)
  expectStatus(await one.run('test', 'deb.deploy', '--deb-downgrade'), 0)
  expect(await versions()).toEqual(['1.9 ii', '1.9 ii'])
})

test('reinstalls a rebuilt package of the same version, and restores the previous one if that fails', async () => {
  await one.package({ version: '1.0', files: prints('first') })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '1.0', files: prints('second') })
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  expect(await hosts.sh('web1', 'shop')).toBe('second\n')
  await one.package({ version: '1.0', files: prints('third'), control: { postinst: '#!/bin/sh\nexit 1\n' } })
  expectStatus(await one.run('test', 'deb.deploy'), 3)
  expect(await hosts.sh('web1', 'shop')).toBe('second\n')
  expect(await versions()).toEqual(['1.0 ii', '1.0 ii'])
})
