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
import { expectStatus, outputOf } from './fleet.ts'

let lxc: Lxc
let project: CliProject

beforeAll(async () => {
  // The template has the large packages, so that each build installs only small ones.
  lxc = await startLxc({ packages: ['build-essential', 'debhelper'] })
})
afterAll(() => lxc?.stop())
beforeEach(async () => {
  project = await createCliProject({ hosts: [], sshConfig: '/dev/null' }, { timeoutMs: 240_000 })
  return () => project.remove()
})

/** A project with a `debian/` that needs `hello`, which this machine does not have. */
async function setConfig(deb: object = {}, to: CliProject = project): Promise<void> {
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

/** The entries besides the template and the common lock. */
const leftoverFiles = async () => (await readdir(lxc.path)).filter((name) => name !== 'vanilla' && name !== '.dragonfab-throwaway.lock')

const containers = async () => (await leftoverFiles()).filter((name) => name.startsWith('throwaway-'))

const start = () => startCli(['test', 'deb.build'], { cwd: project.directory, env: project.env, timeoutMs: 240_000 })

/** Starts a build whose `preBuild` never ends, and waits until its container is up or the condition holds. */
async function startEndlessBuild(condition: readonly string[] = ['test', '-e', '/at-work']): Promise<RunningCommand> {
  await setConfig({ preBuild: ['echo "at $PWD"; echo at-work >/at-work; sleep 100000'] })
  const running = start()
  let end: CommandResult | undefined
  running.result.then((result) => {
    end = result
  })
  await waitUntil(
    'the build is at work',
    async () => {
      if (end) throw new Error(outputOf(end))
      for (const name of await containers()) {
        if ((await lxc.attach(name, condition)).status === 0) return true
      }
      return false
    },
    120_000,
  )
  return running
}

test('installs build dependencies in the container only, fetches the package, and leaves nothing behind', async () => {
  expect((await runCommand(['sh', '-c', 'command -v hello'])).status).not.toBe(0)
  await setConfig()
  const built = await project.run('test', 'deb.build')
  expectStatus(built, 0)
  expect(outputOf(built)).toMatch(/throwaway-[0-9a-f]+: cloned from vanilla/)
  expect(outputOf(built)).toMatch(/dist\/shop_0\.1_all\.deb {2}sha256 [0-9a-f]{64}/)
  const dist = join(project.directory, 'dist')
  expect((await readdir(dist)).filter((name) => /\.(deb|changes)$/.test(name)).length).toBe(2)
  await mustRun(['dpkg-deb', '-x', join(dist, 'shop_0.1_all.deb'), join(project.directory, 'tree')])
  expect(await mustRun(['cat', join(project.directory, 'tree/opt/shop/whole')])).toBe('hello of root\n')
  expect(await readdir(join(project.directory, 'app'))).toEqual(['debian'])
  expect(await leftoverFiles()).toEqual([])
  expect((await runCommand(['sh', '-c', 'command -v hello'])).status).not.toBe(0)
})

test('reports the reason of a failure, and leaves nothing behind', async () => {
  await setConfig({ preBuild: ['echo "no compiler" >&2; false'] })
  const failed = await project.run('test', 'deb.build')
  expectStatus(failed, 1)
  expect(outputOf(failed)).toContain('[DEB_PRE_BUILD]')
  expect(outputOf(failed)).toContain('no compiler')
  expect(await leftoverFiles()).toEqual([])
  await needs('shop-compiler (>= 2)')
  const lacking = await project.run('test', 'deb.build')
  expectStatus(lacking, 1)
  expect(outputOf(lacking)).toMatch(/cannot be prepared for the build: .*shop-compiler[^\n]*\[DEB_NOT_PREPARED\]/)
  expect(await leftoverFiles()).toEqual([])
})

test('reports a missing template', async () => {
  await setConfig({ buildIn: 'nowhere' })
  const none = await project.run('test', 'deb.build')
  expectStatus(none, 1)
  expect(outputOf(none)).toMatch(/nowhere in .*\[LXC_NO_TEMPLATE\][\s\S]*lxc\.template --lxc-template nowhere/)
  expect(await leftoverFiles()).toEqual([])
})

test('the container is removed when the client is killed', async () => {
  const killed = await startEndlessBuild(['true'])
  killed.kill('SIGKILL')
  await killed.result
  await waitUntil('the container is removed', async () => (await leftoverFiles()).length === 0, 60_000)
})

test('the next build removes an orphaned container but not that of another build; Ctrl-C leaves none', async () => {
  const killed = await startEndlessBuild(['true'])
  const [lost = ''] = await containers()
  const keepers = listDescendants(killed.pid).filter(({ command: words }) => words.startsWith('sh -c') && words.includes('.builder'))
  expect(keepers.length).toBeGreaterThan(0)
  for (const { pid } of keepers) process.kill(pid, 'SIGKILL')
  killed.kill('SIGKILL')
  await killed.result
  expect(await containers()).toEqual([lost])
  const running = await startEndlessBuild()
  expect(running.output()).toContain(`removed ${lost}, which a killed run had left behind`)
  const [alive = '', ...others] = await containers()
  expect(others).toEqual([])
  await setConfig({ buildIn: 'nowhere' })
  const next = await project.run('test', 'deb.build')
  expectStatus(next, 1)
  expect(outputOf(next)).toContain('[LXC_NO_TEMPLATE]')
  expect((await lxc.attach(alive, ['test', '-e', '/at-work'])).status).toBe(0)
  running.kill('SIGINT')
  expectStatus(await running.result, 130)
  expect(await leftoverFiles()).toEqual([])
})

test('builds on another machine, as a user with sudo', async () => {
  const cluster = await startSshHosts(1, { user: 'sudo-nopass', prefix: 'far' })
  const far = await createCliProject(cluster, { timeoutMs: 240_000 })
  await setConfig({ buildHost: cluster.hosts[0]?.name }, far)
  const built = await far.run('test', 'deb.build')
  expectStatus(built, 0)
  expect(await readdir(join(far.directory, 'dist'))).toContain('shop_0.1_all.deb')
  expect(await leftoverFiles()).toEqual([])
  await far.remove()
  await cluster.stop()
})

test('needs plugin-lxc only for buildIn, and then says what to install', async () => {
  await setConfig()
  const own = join(workspaceRoot, 'packages/plugin-deb')
  const modules = join(project.directory, 'node_modules')
  await rm(join(modules, '@dragonfab'), { recursive: true })
  await mkdir(join(modules, '@dragonfab/plugin-deb'), { recursive: true })
  for (const part of ['package.json', 'dist']) await cp(join(own, part), join(modules, '@dragonfab/plugin-deb', part), { recursive: true })
  for (const name of ['core', 'ssh', 'upload']) await symlink(join(workspaceRoot, 'packages', name), join(modules, '@dragonfab', name))
  for (const name of ['fzstd', 'xz-decompress']) await symlink(join(own, 'node_modules', name), join(modules, name))
  const missing = await project.run('test', 'deb.build')
  expectStatus(missing, 1)
  expect(outputOf(missing)).toMatch(/\[DEB_NO_LXC\][\s\S]*npm install --save-dev @dragonfab\/plugin-lxc/)
  expectStatus(await project.run('test', 'deb.status'), 0)
  expect(await leftoverFiles()).toEqual([])
})
