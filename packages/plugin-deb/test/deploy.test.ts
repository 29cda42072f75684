import { cp, mkdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebianHosts, startDebianHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDebProject, type DebProject, ended, said } from './fleet.ts'

let hosts: DebianHosts
let one: DebProject

beforeAll(async () => {
  hosts = await startDebianHosts(2)
  // Nothing of these tests comes from a mirror, and apt is quicker where it has no lists to read.
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

test('the newest by dpkg’s order, of exactly that name and architecture, is installed on all hosts; a rollback goes back', async () => {
  for (const each of ['1.9', '1.10~rc1', '1.2']) await one.package({ version: each, files: prints(each) })
  await one.package({ version: '3.0', name: 'shop-dbg' })
  await one.package({ version: '3.0', name: 'shop2' })
  await one.package({ version: '3.0', architecture: 'riscv64' })
  const cut = await one.package({ version: '4.0' })
  await truncate(cut, (await stat(cut)).size - 1)
  ended(await one.run('test', 'deb.deploy'), 0)
  expect(await versions()).toEqual(['1.10~rc1 ii', '1.10~rc1 ii'])

  await one.package({ version: '1.10', files: prints('1.10') })
  const end = await one.run('test', 'deb.deploy')
  ended(end, 0)
  expect(said(end)).toContain('left out: shop_4.0_all.deb: it is cut short')
  expect(await versions()).toEqual(['1.10 ii', '1.10 ii'])
  expect(await hosts.sh('web2', 'shop')).toBe('1.10\n')
  expect((await hosts.on('web1', ['sh', '-c', 'dpkg-query -W shop-dbg shop2'])).status).toBe(1)

  const status = await one.run('test', 'deb.status')
  expect(said(status)).toMatch(/shop +1\.10, installed/)
  expect(said(status)).toMatch(/kept +1\.10~rc1 1\.10/)

  ended(await one.run('test', 'deb.rollback'), 0)
  expect(await versions()).toEqual(['1.10~rc1 ii', '1.10~rc1 ii'])

  // An epoch goes before all else.
  await one.package({ version: '1:0.1', files: prints('epoch') })
  ended(await one.run('test', 'deb.deploy'), 0)
  expect(await versions()).toEqual(['1:0.1 ii', '1:0.1 ii'])
})

test('all hosts upload and simulate before any installs: where one cannot, none is changed', async () => {
  await one.package({ version: '1.0' })
  ended(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '2.0', fields: { Depends: 'shop-lib' } })
  const lib = await one.package({ version: '1.0', name: 'shop-lib' })
  await cp(lib, join(hosts.shared, 'lib.deb'))
  await hosts.sh('web1', `dpkg -i ${hosts.shared}/lib.deb`)
  const end = await one.run('test', 'deb.deploy')
  ended(end, 1)
  expect(said(end)).toContain('DEB_UNRESOLVED')
  expect(said(end)).toMatch(/shop : Depends: shop-lib/)
  expect(await versions()).toEqual(['1.0 ii', '1.0 ii'])
})

test('DEB-01: where a postinst fails on one host, all have the version before', async () => {
  await one.package({ version: '1.0', files: prints('1.0') })
  ended(await one.run('test', 'deb.deploy'), 0)
  const postinst = '#!/bin/sh\n[ "$(hostname)" != web2 ] || { echo "cannot reach the queue" >&2; exit 1; }\n'
  await one.package({ version: '2.0', files: prints('2.0'), control: { postinst } })
  const end = await one.run('test', 'deb.deploy')
  ended(end, 3)
  expect(said(end)).toContain('DEB_INSTALL_FAILED')
  expect(said(end)).toContain('cannot reach the queue')
  expect(said(end)).toMatch(/shop 2\.0 is half configured/)
  expect(await versions()).toEqual(['1.0 ii', '1.0 ii'])
  expect(await hosts.sh('web2', 'shop')).toBe('1.0\n')
})

test('DEB-01: a first version that fails is removed again', async () => {
  await one.package({ version: '1.0', control: { postinst: '#!/bin/sh\nexit 1\n' } })
  ended(await one.run('test', 'deb.deploy'), 3)
  expect(await versions()).toEqual(['', ''])
})

test('an older version is refused, and what is installed already is left alone', async () => {
  await one.package({ version: '1.10' })
  ended(await one.run('test', 'deb.deploy'), 0)
  const log = () => hosts.sh('web1', 'cat /var/log/dpkg.log')
  const before = await log()
  const again = await one.run('test', 'deb.deploy')
  ended(again, 0)
  expect(said(again)).toContain('shop 1.10 is installed')
  expect(await log()).toBe(before)

  await rm(one.packages, { recursive: true })
  await mkdir(one.packages)
  await one.package({ version: '1.9' })
  const older = await one.run('test', 'deb.deploy')
  ended(older, 1)
  expect(said(older)).toContain('shop 1.10 is installed, which is newer than 1.9')
  expect(await log()).toBe(before)
  ended(await one.run('test', 'deb.deploy', '--deb-downgrade'), 0)
  expect(await versions()).toEqual(['1.9 ii', '1.9 ii'])
})

test('the same version, built anew, is installed anew; where it fails the one before is put back', async () => {
  await one.package({ version: '1.0', files: prints('first') })
  ended(await one.run('test', 'deb.deploy'), 0)
  await one.package({ version: '1.0', files: prints('second') })
  ended(await one.run('test', 'deb.deploy'), 0)
  expect(await hosts.sh('web1', 'shop')).toBe('second\n')
  await one.package({ version: '1.0', files: prints('third'), control: { postinst: '#!/bin/sh\nexit 1\n' } })
  ended(await one.run('test', 'deb.deploy'), 3)
  expect(await hosts.sh('web1', 'shop')).toBe('second\n')
  expect(await versions()).toEqual(['1.0 ii', '1.0 ii'])
})
