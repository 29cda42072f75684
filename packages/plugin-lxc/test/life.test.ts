import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Lxc, runCommand, startLxc, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lxcProject } from './project.ts'

let lxc: Lxc
beforeAll(async () => {
  lxc = await startLxc()
})
afterAll(() => lxc?.stop())

const read = async (name: string, ...argv: string[]) => (await lxc.attach(name, argv)).stdout.trim()

test('an environment alone creates its container, starts it and reports its address, and changes nothing the second time', async () => {
  const project = await lxcProject(lxc, { lxc: 'first', user: 'deploy' })
  expect(await project.ends(0, 'lxc', 'lxc.status')).toContain('first  MISSING')
  const output = await project.ends(0, 'lxc')
  expect(output).toMatch(/first: cloned from vanilla[\s\S]*first: started[\s\S]*first: up at 10\.203\./)
  const again = await project.ends(0, 'lxc')
  expect(again).not.toMatch(/cloned|started/)
  expect(await project.ends(0, 'lxc', 'lxc.status')).toMatch(/^first {2}RUNNING {2}10\.203\.[\d.]+\nan overlay/)
  expect(await project.ends(0, 'lxc', 'lxc.list')).toMatch(/^first +RUNNING[\s\S]*^vanilla +STOPPED/m)
  expect(await project.ends(0, 'lxc', 'status')).toContain('first')
  expect(await project.ends(0, 'lxc', 'history')).toContain('lxc.up')
  // Runs as `user`, which was created and may use sudo.
  expect(await read('first', 'cat', '/home/deploy/.dragonfab/shop-lxc/history.jsonl')).toContain('"task":"lxc.up"')
  expect(await read('first', 'su', 'deploy', '-c', 'sudo -n id -u')).toBe('0')
  await project.remove()
})

test('a clone has its own identity and keeps it after a restart; force_new gives it a new one', async () => {
  const project = await lxcProject(lxc, { lxc: 'self' })
  const identity = async () => [
    await read('self', 'cat', '/etc/machine-id'),
    await read('self', 'cat', '/etc/ssh/ssh_host_ed25519_key.pub'),
  ]
  await project.ends(0, 'lxc')
  const first = await identity()
  expect(first[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(first[1]).toMatch(/^ssh-ed25519 .* root@self$/)
  const template = await runCommand(['cat', join(lxc.root, 'etc/ssh/ssh_host_ed25519_key.pub')])
  expect(first[1]?.split(' ')[1]).not.toBe(template.stdout.split(' ')[1])
  expect(await read('self', 'hostname')).toBe('self')
  await lxc.attach('self', ['touch', '/root/mine'])
  expect((await lxc.run('lxc-stop', '-k', '-n', 'self')).status).toBe(0)
  await project.ends(0, 'lxc')
  expect(await identity()).toEqual(first)
  expect((await lxc.attach('self', ['test', '-e', '/root/mine'])).status).toBe(0)
  expect(await project.ends(0, 'lxc:force_new')).toContain('removed, and will be created again')
  const second = await identity()
  expect(second[0]).not.toBe(first[0])
  expect(second[1]).not.toBe(first[1])
  expect((await lxc.attach('self', ['test', '-e', '/root/mine'])).status).toBe(1)
  for (const [word, said] of [
    ['lxc.remove', 'self is removed'],
    ['lxc_remove', 'self does not exist'],
  ] as const)
    expect(await project.ends(0, 'lxc', word)).toContain(said)
  expect(existsSync(join(lxc.path, 'self'))).toBe(false)
  await project.remove()
})

test('a full copy runs without its template', async () => {
  const project = await lxcProject(lxc, { lxc: 'whole', lxcClone: 'copy' })
  await project.ends(0, 'lxc')
  expect(await project.ends(0, 'lxc', 'lxc.status')).toContain('a copy')
  expect(existsSync(join(lxc.path, 'whole/rootfs/etc/debian_version'))).toBe(true)
  await project.ends(0, 'lxc', 'lxc.remove')
  await project.remove()
})

test('an incomplete clone is created again', async () => {
  const project = await lxcProject(lxc, { lxc: 'torn' })
  // As a run leaves it if it is killed in lxc-copy: files and the mark, but no config.
  await runCommand(['mkdir', '-p', join(lxc.path, 'torn/rootfs/etc')])
  await runCommand(['touch', join(lxc.path, '.dragonfab-torn.fresh')])
  expect(await project.ends(0, 'lxc')).toMatch(/it was incomplete[\s\S]*cloned from vanilla/)
  expect(await read('torn', 'cat', '/etc/debian_version')).not.toBe('')
  expect(existsSync(join(lxc.path, '.dragonfab-torn.fresh'))).toBe(false)
  await project.ends(0, 'lxc', 'lxc.remove')
  await project.remove()
})

test('two runs at once create one container, and read-only tasks create none', async () => {
  const project = await lxcProject(lxc, { lxc: 'once' })
  for (const words of [['status'], ['check'], ['history']]) expect(await project.ends(1, 'lxc', ...words)).toContain('LXC_MISSING')
  expect(existsSync(join(lxc.path, 'once'))).toBe(false)
  const both = await Promise.all([project.run('lxc', '--lock-wait', '60'), project.run('lxc', '--lock-wait', '60')])
  for (const each of both) expect(each.status, each.stdout + each.stderr).toBe(0)
  expect(both.filter(({ stdout, stderr }) => (stdout + stderr).includes('cloned')).length).toBe(1)
  await project.remove()
})

test('a container is not removed while a run uses it', async () => {
  const project = await lxcProject(lxc, { lxc: 'busy' }, { tasks: undefined, plugins: ['lxc', './wait.js'] })
  await project.write(
    'wait.js',
    `import { definePlugin } from 'dragonfab'
export default definePlugin({ name: 'waits', tasks: { waits: { summary: 'Wait', run: ({ sh }) => sh\`touch /root/began; while [ ! -e /root/go ]; do sleep 0.1; done\` } } })
`,
  )
  const running = project.run('lxc', 'waits')
  await waitUntil('the task', async () => (await lxc.attach('busy', ['test', '-e', '/root/began'])).status === 0, 120_000)
  for (const words of [['lxc', 'lxc.remove'], ['lxc:force_new']]) expect(await project.ends(1, ...words)).toContain('LXC_IN_USE')
  await lxc.attach('busy', ['touch', '/root/go'])
  const done = await running
  expect(done.status, done.stdout + done.stderr).toBe(0)
  await project.ends(0, 'lxc', 'lxc.remove')
  await project.remove()
})
