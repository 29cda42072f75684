import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Lxc, startLxc } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lxcProject } from './project.ts'

let lxc: Lxc
beforeAll(async () => {
  lxc = await startLxc()
})
afterAll(() => lxc?.stop())

test('makes a template once, and clones an environment from it', async () => {
  const project = await lxcProject(lxc, { lxc: 'fresh', lxcTemplate: 'made', lxcBridge: lxc.bridge })
  expect(await project.ends(1, 'lxc')).toMatch(/LXC_NO_TEMPLATE[\s\S]*lxc\.template/)
  expect(await project.ends(0, 'lxc', 'lxc.template')).toMatch(/made is made: Debian \w+/)
  const config = readFileSync(join(lxc.path, 'made/config'), 'utf8')
  expect(config).toContain(`lxc.net.0.link = ${lxc.bridge}`)
  expect(existsSync(join(lxc.path, 'made/rootfs/etc/ssh/ssh_host_ed25519_key'))).toBe(false)
  expect(await project.ends(0, 'lxc', 'lxc.template')).toContain('made already exists')
  expect(await project.ends(0, 'lxc')).toMatch(/cloned from made[\s\S]*up at 10\.203/)
  expect((await lxc.attach('fresh', ['sh', '-c', 'command -v sudo rsync python3 sshd systemctl'])).status).toBe(0)
  expect((await lxc.attach('fresh', ['cat', '/etc/ssh/ssh_host_ed25519_key.pub'])).stdout).toContain('root@fresh')
  await project.remove()
})

test('reports a mirror that does not answer, and leaves nothing behind', async () => {
  const project = await lxcProject(lxc, { lxc: 'fresh', lxcTemplate: 'never', lxcMirror: 'http://127.0.0.1:9/debian' })
  const output = await project.ends(1, 'lxc', 'lxc.template')
  expect(output).toContain('[LXC_NOT_BUILT]')
  for (const each of ['never', '.dragonfab-never.new']) expect(existsSync(join(lxc.path, each))).toBe(false)
  await project.remove()
})
