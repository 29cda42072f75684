import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestUser, ensureServers, type Lxc, mustRun, runCommand, startLxc, type TestUser } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectStatus, lxcProject } from './project.ts'

const usernet = '/etc/lxc/lxc-usernet'

let lxc: Lxc
let user: TestUser
let path: string
beforeAll(async () => {
  await ensureServers({ newuidmap: 'uidmap' })
  ;[lxc, user] = await Promise.all([startLxc(), createTestUser('plain', { suffix: 'unprivileged' })])
  path = join(user.home, '.local/share/lxc')
  await clear()
  await appendFile(usernet, `${user.name} veth ${lxc.bridge} 10\n`)
  await makeTemplate()
})
afterAll(async () => {
  if (user) await clear()
  await lxc?.stop()
})

/** Also removes what a killed run may have left behind. */
async function clear(): Promise<void> {
  const stop = 'for x in $(lxc-ls -1 --active); do lxc-stop -k -n "$x"; done'
  await runCommand(['sh', '-c', stop], { as: user, env: environment(), cwd: user.home })
  await mustRun(['rm', '-rf', '--one-file-system', path])
  await mustRun(['sh', '-c', `mkdir -p /etc/lxc; touch ${usernet}; sed -i "/^${user.name} /d" ${usernet}`])
}

const environment = () => ({ PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: user.home, USER: user.name, NO_COLOR: '1', CI: '1' })

/** The root of `vanilla`, with the user's own ids, and without an init that would need its own control group. */
async function makeTemplate(): Promise<void> {
  const [, first, count] = /:(\d+):(\d+)/.exec((await mustRun(['grep', `^${user.name}:`, '/etc/subuid'])).trim()) ?? []
  const template = join(path, 'vanilla')
  const root = join(template, 'rootfs')
  await mkdir(root, { recursive: true })
  await mustRun(['chmod', '711', user.home])
  await mustRun(['chown', '-R', user.name, join(user.home, '.local')])
  await mustRun(['chown', `${first}:${first}`, root])
  const small = ['dev/*', 'usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/cache'].map((each) => `--exclude=./${each}`)
  const copy = `from=$1 to=$2 uid=$3 gid=$4; shift 4
    tar -C "$from" "$@" -cf - . | setpriv --reuid "$uid" --regid "$gid" --clear-groups lxc-usernsexec -m b:0:${first}:${count} -- tar -C "$to" -xf -`
  await mustRun(['sh', '-c', copy, 'sh', lxc.root, root, `${user.uid}`, `${user.gid}`, ...small])
  await writeFile(join(root, 'sbin/dhcp-init'), '#!/bin/sh\nip link set eth0 up\ndhclient eth0\nexec sleep 100000\n', { mode: 0o755 })
  await writeFile(
    join(template, 'config'),
    `lxc.include = /usr/share/lxc/config/common.conf
lxc.include = /usr/share/lxc/config/userns.conf
lxc.idmap = u 0 ${first} ${count}
lxc.idmap = g 0 ${first} ${count}
lxc.apparmor.profile = unconfined
lxc.rootfs.path = dir:${root}
lxc.uts.name = vanilla
lxc.init.cmd = /sbin/dhcp-init
lxc.net.0.type = veth
lxc.net.0.link = ${lxc.bridge}
lxc.net.0.flags = up
lxc.net.0.name = eth0
`,
  )
}

test('an unprivileged user creates, starts, enters, recreates and removes a container', async () => {
  const project = await lxcProject(lxc, {}, { environments: { lxc: { lxc: 'mine', lxcSudo: false, user: 'deploy' } } })
  await mustRun(['chown', '-R', user.name, project.directory])
  const ends = async (status: number, ...words: string[]): Promise<string> => {
    const argv = ['node', join(project.directory, 'node_modules/dragonfab/dist/bin.js'), ...words]
    const done = await runCommand(argv, { cwd: project.directory, as: user, env: environment() })
    return expectStatus(done, status)
  }
  expect(await ends(0, 'lxc')).toMatch(/mine: cloned from vanilla[\s\S]*mine: started[\s\S]*mine: up at 10\.203\./)
  expect(await ends(0, 'lxc')).not.toMatch(/cloned|started/)
  expect(await ends(0, 'lxc', 'lxc.status')).toMatch(/^mine {2}RUNNING {2}10\.203\.[\d.]+\na copy/)
  expect(await ends(0, 'lxc', 'lxc.list')).toMatch(/^mine +RUNNING .* true/m)
  // In the container `deploy` is an ordinary user. On the machine it is one of the ids that belong to the user.
  expect(await ends(0, 'lxc', 'history')).toContain('lxc.up')
  const history = await stat(join(path, 'mine/rootfs/home/deploy/.dragonfab/shop-lxc/history.jsonl'))
  expect(history.uid).toBeGreaterThanOrEqual(100_000)
  const machineId = () => readFile(join(path, 'mine/rootfs/etc/machine-id'), 'utf8')
  const first = await machineId()
  expect(first).toMatch(/^[0-9a-f]{32}$/m)
  expect(await ends(0, 'lxc:force_new')).toContain('removed, and will be created again')
  expect(await machineId()).not.toBe(first)
  expect(await ends(0, 'lxc', 'lxc.remove')).toContain('mine is removed')
  expect(existsSync(join(path, 'mine'))).toBe(false)
  await project.remove()
})
