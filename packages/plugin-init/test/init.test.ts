import { existsSync, statSync } from 'node:fs'
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
  await buildDebPackage(repository, { name: 'shop-tool', version: '1', files: { '/usr/bin/shop-tool': '#!/bin/sh\necho tool\n' } })
  await mustRun(['sh', '-c', `cd ${repository} && dpkg-scanpackages -m . >Packages 2>/dev/null`])
  for (const { name } of hosts.hosts)
    await hosts.sh(
      name,
      `rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:${repository} ./' >/etc/apt/sources.list`,
    )
  shop = await createCliProject(hosts)
}, 180_000)
afterAll(async () => {
  await shop?.remove()
  await hosts?.stop()
})

const base = () => ({
  plugins: ['init'],
  stateDir: '%(path)s/.dragonfab',
  environments: {
    // A folder in which only root may create anything.
    test: { hosts: ['web1', 'web2'], path: '/srv/www/shop' },
    local: { hosts: ['local'], path: join(shop.directory, 'deployed') },
  },
})

test('prepares packages and directories, runs checks, and changes nothing the second time', async () => {
  await shop.config({
    ...base(),
    apt: { packages: ['shop-tool'] },
    init: {
      paths: [
        '%(path)s',
        { path: '%(path)s/uploads', owner: 'www-data', group: 'www-data', mode: '2775' },
        { path: '/var/log/shop', owner: 'root', mode: 750 },
      ],
      checks: ['[ "$(shop-tool)" = tool ]'],
    },
  })
  const done = await shop.run('test', 'init')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  const user = hosts.user.name
  for (const { name } of hosts.hosts) {
    const output = await hosts.sh(name, "stat -c '%n %U %a' /srv/www/shop /srv/www/shop/uploads /var/log/shop")
    expect(output).toBe(`/srv/www/shop ${user} 755\n/srv/www/shop/uploads www-data 2775\n/var/log/shop root 750\n`)
  }
  const again = await shop.run('test', 'init')
  expect(again.status, again.stdout + again.stderr).toBe(0)
  expect(again.stdout).toContain('all are already installed')
  expect(again.stdout).toContain('/srv/www/shop/uploads: unchanged')
  // Now the lock can be taken in that folder.
  const check = await shop.run('test', 'check')
  expect(check.status, check.stdout + check.stderr).toBe(0)
})

test('reports all problems at once', async () => {
  await shop.config({
    ...base(),
    init: { paths: [{ path: '/srv/x', owner: 'nobody-there' }, '/proc/nothing'], checks: ['echo old; false', 'command -v nothing-here'] },
  })
  const done = await shop.run('test', 'init', '--json')
  expect(done.status, done.stdout + done.stderr).toBe(1)
  const { problems } = JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '')
  expect(problems.filter(({ host }: { host: string }) => host === 'web1').map(({ code }: { code: string }) => code)).toEqual(['INIT_PATH'])
  expect(JSON.stringify(problems)).toMatch(/nobody-there.*\/proc\/nothing|\/proc\/nothing/)
  const checked = await shop.run('test', 'check', '--json')
  const codes = JSON.parse(checked.stdout.trim().split('\n').at(-1) ?? '').problems.map(({ code }: { code: string }) => code)
  expect(codes).toEqual(['INIT_CHECK', 'INIT_CHECK', 'INIT_CHECK', 'INIT_CHECK'])
})

test('prepares this machine without an environment, or reports that no environment is this machine', async () => {
  await shop.config({ ...base(), init: { paths: ['%(path)s', { path: '%(path)s/uploads', mode: '700' }], checks: ['true'] } })
  const done = await shop.run('init')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  expect(statSync(join(shop.directory, 'deployed/uploads')).mode & 0o777).toBe(0o700)
  await shop.config({ ...base(), environments: { test: base().environments.test } })
  const none = await shop.run('init')
  expect(none.status, none.stdout + none.stderr).toBe(2)
  expect(none.stderr).toContain("local: { hosts: ['local']")
})

test('a project’s own task init replaces this one', async () => {
  await shop.write(
    'own.mjs',
    `import init from '@dragonfab/plugin-init'
import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'shop', plugins: [init()],
  environments: { local: { hosts: ['local'], path: ${JSON.stringify(join(shop.directory, 'own'))} } },
  tasks: { init: { summary: 'Ours', run: ({ env, sh }) => sh\`mkdir -p \${env.path}/ours\` } },
})\n`,
  )
  const done = await shop.run('init', '--config', 'own.mjs')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  expect(existsSync(join(shop.directory, 'own/ours'))).toBe(true)
})
