import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CliProject,
  type CommandResult,
  createCliProject,
  type Lxc,
  listDescendants,
  mustRun,
  type RunningCommand,
  runCommand,
  startCli,
  startLxc,
  startSshHosts,
  waitUntil,
  workspaceRoot,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ended, said } from './fleet.ts'

let lxc: Lxc
let project: CliProject

beforeAll(async () => {
  // Big ones, so that each build has only small ones to install.
  lxc = await startLxc({ packages: ['build-essential', 'debhelper'] })
})
afterAll(() => lxc?.stop())
beforeEach(async () => {
  project = await createCliProject({ hosts: [], sshConfig: '/dev/null' }, { timeoutMs: 240_000 })
  return () => project.remove()
})

/** A project with a `debian/` that needs `hello`, which this machine has not. */
async function configured(deb: object = {}, to: CliProject = project): Promise<void> {
  await to.config({
    plugins: ['deb'],
    deb: {
      packageDir: 'dist',
      source: 'app',
      buildIn: 'vanilla',
      buildInPath: lxc.path,
      preBuild: ['hello -g "hello of $(id -un)" >whole'],
      ...deb,
    },
    environments: { test: { hosts: ['local'] } },
  })
  await mkdir(join(to.directory, 'app/debian/source'), { recursive: true })
  await needs('hello', to)
  await to.write(
    'app/debian/changelog',
    'shop (0.1) unstable; urgency=medium\n\n  * x\n\n -- x <x@localhost>  Thu, 01 Jan 2026 00:00:00 +0000\n',
  )
  await to.write('app/debian/rules', '#!/usr/bin/make -f\n%:\n\tdh $@\n')
  await mustRun(['chmod', '755', join(to.directory, 'app/debian/rules')])
  await to.write('app/debian/install', 'whole opt/shop\n')
}

const needs = (what: string, to = project) =>
  to.write(
    'app/debian/control',
    `Source: shop\nMaintainer: x <x@localhost>\nBuild-Depends: debhelper-compat (= 13), ${what}\n\nPackage: shop\nArchitecture: all\nDescription: x\n`,
  )

/** What is there besides the template and the lock of all. */
const left = async () => (await readdir(lxc.path)).filter((name) => name !== 'vanilla' && name !== '.dragonfab-throwaway.lock')

const containers = async () => (await left()).filter((name) => name.startsWith('throwaway-'))

const start = () => startCli(['test', 'deb.build'], { cwd: project.directory, env: project.env, timeoutMs: 240_000 })

/** A build whose `preBuild` would never end, when its container does this: is up, or has come to that. */
async function begun(sign: readonly string[] = ['test', '-e', '/at-work']): Promise<RunningCommand> {
  await configured({ preBuild: ['echo "at $PWD"; echo at-work >/at-work; sleep 100000'] })
  const running = start()
  let over: CommandResult | undefined
  running.result.then((end) => {
    over = end
  })
  await waitUntil(
    'the build is at work',
    async () => {
      if (over) throw new Error(said(over))
      for (const name of await containers()) {
        if ((await lxc.attach(name, sign)).status === 0) return true
      }
      return false
    },
    120_000,
  )
  return running
}

test('what the build needs is installed there and not here; the package is fetched, and nothing is left', async () => {
  expect((await runCommand(['sh', '-c', 'command -v hello'])).status).not.toBe(0)
  await configured()
  const built = await project.run('test', 'deb.build')
  ended(built, 0)
  expect(said(built)).toMatch(/throwaway-[0-9a-f]+: cloned from vanilla/)
  expect(said(built)).toMatch(/dist\/shop_0\.1_all\.deb {2}sha256 [0-9a-f]{64}/)
  const dist = join(project.directory, 'dist')
  expect((await readdir(dist)).filter((name) => /\.(deb|changes)$/.test(name)).length).toBe(2)
  await mustRun(['dpkg-deb', '-x', join(dist, 'shop_0.1_all.deb'), join(project.directory, 'tree')])
  expect(await mustRun(['cat', join(project.directory, 'tree/opt/shop/whole')])).toBe('hello of root\n')
  expect(await readdir(join(project.directory, 'app'))).toEqual(['debian'])
  expect(await left()).toEqual([])
  expect((await runCommand(['sh', '-c', 'command -v hello'])).status).not.toBe(0)
})

test('after a failure its reason is told, and nothing is left', async () => {
  await configured({ preBuild: ['echo "no compiler" >&2; false'] })
  const failed = await project.run('test', 'deb.build')
  ended(failed, 1)
  expect(said(failed)).toContain('[DEB_PRE_BUILD]')
  expect(said(failed)).toContain('no compiler')
  expect(await left()).toEqual([])
  await needs('shop-compiler (>= 2)')
  const lacking = await project.run('test', 'deb.build')
  ended(lacking, 1)
  expect(said(lacking)).toMatch(/cannot be prepared for the build: .*shop-compiler[^\n]*\[DEB_NOT_PREPARED\]/)
  expect(await left()).toEqual([])
})

test('without such a template', async () => {
  await configured({ buildIn: 'nowhere' })
  const none = await project.run('test', 'deb.build')
  ended(none, 1)
  expect(said(none)).toMatch(/nowhere in .*\[LXC_NO_TEMPLATE\][\s\S]*lxc\.template --lxc-template nowhere/)
  expect(await left()).toEqual([])
})

test('killed, and nobody is there to remove the container: it goes', async () => {
  const killed = await begun(['true'])
  killed.kill('SIGKILL')
  await killed.result
  await waitUntil('the container is gone', async () => (await left()).length === 0, 60_000)
})

test('where the script was killed that would remove it, the next build does; another build’s is left alone; after Ctrl-C none is left', async () => {
  const killed = await begun(['true'])
  const [lost = ''] = await containers()
  const keepers = listDescendants(killed.pid).filter(({ command: words }) => words.startsWith('sh -c') && words.includes('.builder'))
  expect(keepers.length).toBeGreaterThan(0)
  for (const { pid } of keepers) process.kill(pid, 'SIGKILL')
  killed.kill('SIGKILL')
  await killed.result
  expect(await containers()).toEqual([lost])
  const running = await begun()
  expect(running.output()).toContain(`removed ${lost}, which a killed run had left behind`)
  const [alive = '', ...others] = await containers()
  expect(others).toEqual([])
  await configured({ buildIn: 'nowhere' })
  const next = await project.run('test', 'deb.build')
  ended(next, 1)
  expect(said(next)).toContain('[LXC_NO_TEMPLATE]')
  expect((await lxc.attach(alive, ['test', '-e', '/at-work'])).status).toBe(0)
  running.kill('SIGINT')
  ended(await running.result, 130)
  expect(await left()).toEqual([])
})

test('on another machine, by a user with sudo', async () => {
  const cluster = await startSshHosts(1, { user: 'sudo-nopass', prefix: 'far' })
  const far = await createCliProject(cluster, { timeoutMs: 240_000 })
  await configured({ buildHost: cluster.hosts[0]?.name }, far)
  const built = await far.run('test', 'deb.build')
  ended(built, 0)
  expect(await readdir(join(far.directory, 'dist'))).toContain('shop_0.1_all.deb')
  expect(await left()).toEqual([])
  await far.remove()
  await cluster.stop()
})

test('who builds otherwise needs no plugin-lxc; who does is told what to install', async () => {
  await configured()
  const own = join(workspaceRoot, 'packages/plugin-deb')
  const modules = join(project.directory, 'node_modules')
  await rm(join(modules, '@dragonfab'), { recursive: true })
  await mkdir(join(modules, '@dragonfab/plugin-deb'), { recursive: true })
  for (const part of ['package.json', 'dist']) await cp(join(own, part), join(modules, '@dragonfab/plugin-deb', part), { recursive: true })
  for (const name of ['core', 'ssh', 'upload']) await symlink(join(workspaceRoot, 'packages', name), join(modules, '@dragonfab', name))
  for (const name of ['fzstd', 'xz-decompress']) await symlink(join(own, 'node_modules', name), join(modules, name))
  const missing = await project.run('test', 'deb.build')
  ended(missing, 1)
  expect(said(missing)).toMatch(/\[DEB_NO_LXC\][\s\S]*npm install --save-dev @dragonfab\/plugin-lxc/)
  ended(await project.run('test', 'deb.status'), 0)
  expect(await left()).toEqual([])
})
