import { readdirSync } from 'node:fs'
import { type DebianHosts, startDebianHosts, startSampler } from '@dragonfab/test-kit'
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
  return async () => {
    await hosts.sh('web1', 'dpkg --purge --force-all shop >/dev/null 2>&1; rm -rf /var/lib/dragonfab /etc/shop*; :')
    await one.remove()
  }
})

const questions = { text: 'string', password: 'password', long: 'string', flag: 'boolean' } as const
const templates = Object.entries(questions)
  .map(([name, type]) => `Template: shop/${name}\nType: ${type}\nDescription: the ${name}\n`)
  .join('\n')
const config = `#!/bin/sh
. /usr/share/debconf/confmodule
for each in ${Object.keys(questions).join(' ')}; do db_input critical shop/$each || :; done
db_go || :
`
/** The package writes what it reads into /etc/shop.<question>, byte for byte. */
const postinst = `#!/bin/sh
set -e
. /usr/share/debconf/confmodule
umask 077
db_capb escape
for each in ${Object.keys(questions).join(' ')}; do
  db_get shop/$each
  printf '%s' "$RET" >/etc/shop.$each
done
db_stop
`
const asks = { control: { templates, config, postinst }, fields: { Depends: 'debconf' } }
const read = (name: string) => hosts.sh('web1', `cat /etc/shop.${name}`)

test('DEB-06: the package reads the answers, passwords are stored as passwords, and no answer is visible or left behind', async () => {
  const values = {
    text: '  leading, a \\ backslash, “unicode” ☂, $HOME `id` \'quotes" and\nanother line',
    password: "pa ss'\\w☂rd-$(id)",
    long: 'long-secret-'.repeat(5461),
    flag: 'true',
  }
  await one.write(
    'answers',
    Object.entries(values)
      .map(([name, value]) => `Name: shop/${name}\nTemplate: shop/${name}\nValue: ${value.replaceAll('\n', '\\n')}\n`)
      .join('\n'),
  )
  await one.config({}, { debconf: 'answers' })
  await one.package({ version: '1.0', ...asks })
  const sampler = await startSampler([values.password, values.long.slice(0, 60), Buffer.from(values.password).toString('hex')])
  const end = await one.run('test', 'deb.deploy', '--verbose')
  const sampled = await sampler.stop()
  expectStatus(end, 0)
  expect(sampled.rounds).toBeGreaterThan(10)
  expect(sampled.seen).toEqual([])
  for (const [name, value] of Object.entries(values)) expect(await read(name), name).toBe(value)
  expect(outputOf(end)).not.toContain(values.password)
  expect(
    await hosts.sh('web1', 'stat -c %a /var/cache/debconf/passwords.dat; grep -c "^Name: shop/password" /var/cache/debconf/passwords.dat'),
  ).toBe('600\n1\n')
  const holders = await hosts.on('web1', [
    'grep',
    '-rlF',
    '--exclude-dir=proc',
    'w☂rd-$(id)',
    '/var',
    '/tmp',
    '/run',
    '/home',
    '/root',
    '/etc',
  ])
  expect(holders.stdout.trim().split('\n')).toEqual(['/var/cache/debconf/passwords.dat', '/etc/shop.password'])
  // A later dpkg-reconfigure has the answers too.
  await hosts.sh('web1', 'rm /etc/shop.*; DEBIAN_FRONTEND=noninteractive dpkg-reconfigure shop')
  expect(await read('password')).toBe(values.password)
  expect(readdirSync(one.directory).sort()).toEqual(['.bin', 'answers', 'dist', 'dragonfab.config.json', 'node_modules'])
})

test('gives changed answers to the package even if its version is the same', async () => {
  await one.package({ version: '1.0', ...asks })
  await one.config({}, { debconf: 'answers' })
  await one.write('answers', 'shop shop/text string one\nshop shop/password password secret-one\n')
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  expect(await read('text')).toBe('one')
  await one.write('answers', 'shop shop/text string two\n')
  expectStatus(await one.run('test', 'deb.deploy'), 0)
  expect([await read('text'), await read('password')]).toEqual(['two', 'secret-one'])
})

test.each([
  ['', 'DEBCONF_MALFORMED'],
  ['Name: shop/text\n', 'DEBCONF_MALFORMED'],
  ['shop shop/text sting one\n', 'DEBCONF_MALFORMED'],
  ['Name: shop/txt\nValue: x\n', 'DEBCONF_UNKNOWN'],
  [undefined, 'DEBCONF_MISSING'],
])('refuses %j, which debconf would silently ignore: %s', async (answers, code) => {
  await one.package({ version: '1.0', ...asks })
  await one.config({}, { debconf: 'answers' })
  if (answers !== undefined) await one.write('answers', answers)
  const end = await one.run('test', 'deb.deploy')
  expectStatus(end, 1)
  expect(outputOf(end)).toContain(code)
  expect((await hosts.on('web1', ['dpkg-query', '-W', 'shop'])).status).toBe(1)
})
