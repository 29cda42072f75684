import { existsSync, symlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestUser, type Lxc, mustRun, programPath, runCommand, startLxc } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lxcProject } from './project.ts'

let lxc: Lxc
beforeAll(async () => {
  lxc = await startLxc()
})
afterAll(() => lxc?.stop())

/** Runs once. The run must fail with this code and this text. */
async function fails(
  variables: object,
  code: string,
  text: string | RegExp,
  words: readonly string[] = ['lxc'],
  status = 1,
): Promise<void> {
  const project = await lxcProject(lxc, variables)
  const output = await project.ends(status, ...words)
  expect(output).toContain(`[${code}]`)
  expect(output).toMatch(text)
  await project.remove()
}

test('reports a missing template', () => fails({ lxcTemplate: 'nowhere' }, 'LXC_NO_TEMPLATE', /nowhere in .*\n.*lxc\.template/))

test('refuses a template that is running', async () => {
  await lxc.container('awake')
  await mustRun(['lxc-start', '-P', lxc.path, '-n', 'awake'])
  await fails({ lxc: 'a', lxcTemplate: 'awake' }, 'LXC_TEMPLATE_RUNS', /awake.*\n.*lxc-stop/)
  await mustRun(['lxc-stop', '-k', '-P', lxc.path, '-n', 'awake'])
})

test('refuses the template itself', () => fails({ lxc: 'vanilla' }, 'LXC_IS_TEMPLATE', /both/, ['lxc'], 2))

test.each([
  ['lxc.net.0.type = none', ['lxc.net.0.type = none']],
  ['no lxc.net at all', ['lxc.net =']],
  ['another interface of the machine', ['lxc.net.1.type = phys', 'lxc.net.1.link = nope0']],
  ['one more that is shared', ['lxc.net.1.type = none']],
  ['the namespace kept', ['lxc.namespace.keep = net']],
])('refuses a container that would use the machine’s network: %s', async (_, lines) => {
  await lxc.container('shared', lines)
  await fails({ lxc: 'shared' }, 'LXC_HOST_NETWORK', /shared h|shared s/)
  expect((await lxc.run('lxc-info', '-n', 'shared', '-sH')).stdout.trim()).toBe('STOPPED')
  // A clone of it is refused too.
  await fails({ lxc: 'heir', lxcTemplate: 'shared' }, 'LXC_HOST_NETWORK', /shared h|shared s/)
  expect(existsSync(join(lxc.path, 'heir'))).toBe(false)
})

test('reports a missing bridge', async () => {
  await lxc.container('bridgeless', ['lxc.net =', 'lxc.net.0.type = veth', 'lxc.net.0.link = nobr0'])
  await fails({ lxc: 'bridgeless' }, 'LXC_NO_BRIDGE', /nobr0/)
})

test('reports a frozen container', async () => {
  const project = await lxcProject(lxc, { lxc: 'cold' })
  await project.ends(0, 'lxc')
  await mustRun(['lxc-freeze', '-P', lxc.path, '-n', 'cold'])
  for (const words of [['lxc'], ['lxc', 'status']]) expect(await project.ends(1, ...words)).toMatch(/LXC_FROZEN[\s\S]*lxc-unfreeze/)
  expect(await project.ends(0, 'lxc', 'lxc.status')).toContain('FROZEN')
  await mustRun(['lxc-unfreeze', '-P', lxc.path, '-n', 'cold'])
  await project.ends(0, 'lxc')
  await mustRun(['lxc-stop', '-k', '-P', lxc.path, '-n', 'cold'])
  expect(await project.ends(1, 'lxc', 'status')).toMatch(/LXC_STOPPED[\s\S]*dragonfab <environment>/)
  expect((await lxc.run('lxc-info', '-n', 'cold', '-sH')).stdout.trim()).toBe('STOPPED')
  await project.remove()
})

test('reports a container that does not start', async () => {
  await lxc.container('broken', ['lxc.init.cmd = /no/such/init'])
  await fails({ lxc: 'broken' }, 'LXC_NOT_STARTED', /broken|init/)
})

test('reports after lxcWait that there is no address, with the probable cause', async () => {
  await lxc.leases(false)
  await fails({ lxc: 'mute', lxcWait: 2 }, 'LXC_NO_ADDRESS', /none within 2 s, its interface is up on bridge dfab/)
  await lxc.leases(true)
})

test('accepts a container with only an IPv6 address', async () => {
  await lxc.container('six', ['lxc.net.0.ipv6.address = fd77::6/64', 'lxc.init.cmd = /bin/sleep 600'])
  const project = await lxcProject(lxc, { lxc: 'six' })
  expect(await project.ends(0, 'lxc')).toContain('up at fd77::6')
  await project.remove()
})

test('reports a missing user', async () => {
  await fails({ lxc: 'userless', user: 'nobodyhere', lxcAddUser: false }, 'LXC_NO_USER', /nobodyhere/)
})

test('refuses hosts beside a container, and mixing tasks on the machine with tasks in the container', async () => {
  const project = await lxcProject(lxc, { hosts: ['local'] })
  expect(await project.ends(2, 'lxc', 'status')).toContain('[HOSTS_TWICE]')
  await project.remove()
  await fails({}, 'TARGETS_MIXED', /cannot mix lxc\.remove, on the machine/, ['lxc', 'lxc.remove', 'lxc.up'], 2)
  await fails({}, 'PLUGIN_NEEDED', /plugin lxc/, ['lxc', 'lxc.up', '--no-plugins', 'lxc'])
})

test('reports missing LXC, rsync and mmdebstrap', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'dragonfab-bin-'))
  const link = (...names: string[]) => {
    for (const name of names) symlinkSync(programPath(name) ?? name, join(bin, name))
  }
  link('sh', 'node', 'id', 'cat', 'mkdir', 'sed', 'grep', 'head', 'tail', 'tr', 'date', 'sleep', 'rm', 'flock', 'dpkg', 'uname')
  const project = await lxcProject(lxc, { lxc: 'bare', lxcClone: 'copy' })
  // The script adds the sbin folders to PATH itself, so a mount namespace makes them empty.
  const run = (...words: string[]) => {
    const hide = 'mount -t tmpfs tmpfs /usr/local/sbin && mount -t tmpfs tmpfs /usr/sbin && shift 0 && PATH="$0" exec node "$@"'
    return runCommand(['unshare', '-m', 'sh', '-c', hide, bin, join(project.directory, 'node_modules/dragonfab/dist/bin.js'), ...words], {
      cwd: project.directory,
      env: { PATH: process.env.PATH, HOME: project.directory, NO_COLOR: '1', CI: '1' },
    })
  }
  const expectCode = async (code: string, ...words: string[]) => {
    const done = await run(...words)
    expect(done.status, done.stdout + done.stderr).toBe(1)
    expect(done.stdout + done.stderr).toContain(`[${code}]`)
  }
  await expectCode('LXC_NOT_INSTALLED', 'lxc')
  link('lxc-start', 'lxc-copy', 'lxc-info', 'lxc-config', 'lxc-destroy')
  await expectCode('LXC_NO_RSYNC', 'lxc')
  expect(existsSync(join(lxc.path, 'bare'))).toBe(false)
  await expectCode('LXC_NO_BUILDER', 'lxc', 'lxc.template', '--lxc-template', 'other')
  await project.remove()
  await rm(bin, { recursive: true })
})

test('reports a user who may not use LXC', async () => {
  const user = await createTestUser('plain')
  const project = await lxcProject(lxc, { lxc: 'theirs' })
  await mustRun(['chown', '-R', user.name, project.directory])
  const argv = ['node', join(project.directory, 'node_modules/dragonfab/dist/bin.js'), 'lxc']
  const env = { PATH: process.env.PATH, HOME: user.home, NO_COLOR: '1', CI: '1' }
  const done = await runCommand(argv, { cwd: project.directory, as: user, env })
  expect(done.status, done.stdout + done.stderr).toBe(1)
  expect(done.stdout + done.stderr).toMatch(/\[LXC_DENIED\][\s\S]*sudo/)
  await project.remove()
})
