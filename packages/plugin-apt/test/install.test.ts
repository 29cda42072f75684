import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildDebPackage, type CliProject, createCliProject, type DebianHosts, mustRun, startDebianHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let hosts: DebianHosts
let shop: CliProject

beforeAll(async () => {
  hosts = await startDebianHosts(2)
  const repository = join(hosts.shared, 'repository')
  await mkdir(repository)
  await buildDebPackage(repository, {
    name: 'shop-tool',
    version: '1.9',
    files: { '/usr/bin/shop-tool': '#!/bin/sh\necho 1.9\n' },
    fields: { Depends: 'shop-base', Recommends: 'shop-extra' },
  })
  await buildDebPackage(repository, {
    name: 'shop-tool',
    version: '1.10',
    files: { '/usr/bin/shop-tool': '#!/bin/sh\necho 1.10\n' },
    fields: { Depends: 'shop-base', Recommends: 'shop-extra' },
  })
  await buildDebPackage(repository, { name: 'shop-base', version: '1' })
  await buildDebPackage(repository, { name: 'shop-extra', version: '1' })
  await buildDebPackage(repository, {
    name: 'shop-asks',
    version: '1',
    control: { postinst: '#!/bin/sh\n[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 9\nread answer && exit 8\nexit 0\n' },
  })
  await buildDebPackage(repository, { name: 'shop-broken', version: '1', control: { postinst: '#!/bin/sh\necho its own words\nexit 3\n' } })
  await mustRun(['sh', '-c', `cd ${repository} && dpkg-scanpackages -m . >Packages 2>/dev/null`])
  for (const { name } of hosts.hosts) {
    // There are no lists yet, so apt updates them to find an unknown package.
    await hosts.sh(
      name,
      `rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:${repository} ./' >/etc/apt/sources.list`,
    )
  }
  shop = await createCliProject(hosts)
  await shop.config({ plugins: ['apt'], stateDir: '%(path)s/.dragonfab', apt: { packages: ['shop-tool=1.9', 'shop-asks'] } })
}, 180_000)
afterAll(async () => {
  await shop?.remove()
  await hosts?.stop()
})

const version = async (host: string, name: string) =>
  (await hosts.on(host, ['dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}', name])).stdout

test('check reports missing packages, and apt.install installs them everywhere, once, without a question', async () => {
  const lacking = await shop.run('test', 'check', '--json')
  expect([lacking.status, lacking.stdout.includes('APT_LACKING')], lacking.stdout + lacking.stderr).toEqual([1, true])
  const done = await shop.run('test', 'apt.install', '--verbose')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  for (const { name } of hosts.hosts) {
    expect(await version(name, 'shop-tool')).toBe('installed 1.9')
    expect(await version(name, 'shop-asks')).toBe('installed 1')
    expect(await version(name, 'shop-base')).toBe('installed 1')
    expect(await version(name, 'shop-extra')).not.toContain('installed 1')
  }
  const again = await shop.run('test', 'apt_install', '--verbose')
  expect(again.status, again.stdout + again.stderr).toBe(0)
  expect(again.stdout).toContain('all are already installed')
  expect((await shop.run('test', 'check')).status).toBe(0)
})

test('replaces a wrong version, and prefers named packages to those of the config', async () => {
  const done = await shop.run('test', 'apt.install:shop-tool=1.10 shop-extra', '--host', 'web1')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  expect(await version('web1', 'shop-tool')).toBe('installed 1.10')
  expect(await version('web1', 'shop-extra')).toBe('installed 1')
  expect(await version('web2', 'shop-tool')).toBe('installed 1.9')
})

test('reports failures in apt’s own words', async () => {
  const fails = async (words: string, code: string, text: string) => {
    const done = await shop.run('test', words, '--json', '--host', 'web1')
    expect([done.status, done.stdout.includes(code), done.stdout.includes(text)], done.stdout + done.stderr).toEqual([1, true, true])
  }
  await fails('apt.install:shop-nowhere', 'APT_UNKNOWN', 'Unable to locate package shop-nowhere')
  await fails('apt.install:shop-tool=7', 'APT_UNKNOWN', "Version '7' for 'shop-tool' was not found")
  await fails('apt.install:shop-broken', 'APT_FAILED', 'its own words')
  await hosts.sh('web1', 'dpkg --purge shop-broken')
  const bad = await shop.run('test', 'apt.install:-y; true')
  expect(bad.status, bad.stdout + bad.stderr).toBe(2)
})

test('waits for another dpkg for a limited time', async () => {
  await hosts.sh('web1', 'apt-get -y remove shop-extra >/dev/null 2>&1')
  const holder = hosts.on('web1', [
    'perl',
    '-MFcntl',
    '-e',
    'open F, ">>", "/var/lib/dpkg/lock-frontend"; my $l = pack "s s l! l! i", F_WRLCK, 0, 0, 0, 0; fcntl F, F_SETLKW, $l or die; open G, ">", "/held"; close G; sleep 1 until -e "/let"',
  ])
  await hosts.sh('web1', 'n=0; until [ -e /held ]; do n=$((n + 1)); [ "$n" -lt 300 ] || exit 1; sleep 0.1; done')
  const locked = await shop.run('test', 'apt.install:shop-extra', '--json', '--host', 'web1', '--set', 'apt.lockWait=1')
  expect([locked.status, locked.stdout.includes('APT_LOCKED')], locked.stdout + locked.stderr).toEqual([1, true])
  const waits = shop.run('test', 'apt.install:shop-extra', '--host', 'web1')
  await hosts.sh(
    'web1',
    'n=0; until pgrep -f "apt-get.*install.*shop-extra" >/dev/null; do n=$((n + 1)); [ "$n" -lt 600 ] || exit 1; sleep 0.1; done; touch /let',
  )
  const done = await waits
  expect(done.status, done.stdout + done.stderr).toBe(0)
  await holder
  expect(await version('web1', 'shop-extra')).toBe('installed 1')
})
