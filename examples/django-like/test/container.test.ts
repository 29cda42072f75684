import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assertSucceeded,
  type CommandResult,
  findProjectUser,
  type Lxc,
  runCli,
  type SshHosts,
  startLxc,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let lxc: Lxc
let machine: SshHosts
let parent: string
let directory: string
let env: Record<string, string | undefined>
beforeAll(async () => {
  lxc = await startLxc()
  machine = await startSshHosts(1, { user: 'sudo-nopass' })
  parent = await mkdtemp(join(tmpdir(), 'dragonfab-django-like-'))
  directory = join(parent, 'shop')
  const leftOut = /\/(node_modules|\.turbo|test|debian\/(shop|\.debhelper))$/
  await cp(join(import.meta.dirname, '..'), directory, { recursive: true, filter: (from) => !leftOut.test(from) })
  env = findProjectUser(directory, machine.sshConfig)
  // The declared environments, in the fixture's containers instead of on hosts that do not exist.
  await rename(join(directory, 'environments.ts'), join(directory, 'declared.ts'))
  await writeFile(join(directory, 'environments.ts'), inContainers())
})
afterAll(async () => {
  await lxc?.stop()
  await machine?.stop()
  await rm(parent, { recursive: true, force: true })
})

const inContainers = (): string => `import declared from './declared.ts'

const { hosts: _testing, ...testing } = declared.testing
const { hosts: _production, ...production } = declared.production
const __all__ = { ...declared.__all__, lxcPath: '${lxc.path}', lxcClone: 'overlay' }
export default { ...declared, __all__, testing: { ...testing, lxc: 'shop-testing' }, production: { ...production, lxc: 'shop-production' } }
`

const run = (...words: readonly string[]): Promise<CommandResult> => runCli(words, { cwd: directory, env, timeoutMs: 500_000 })

async function page(name: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const address = (await lxc.run('lxc-info', '-n', name, '-iH')).stdout.trim().split('\n')[0]
  const answer = await fetch(`http://${address}:8080${path}`)
  return { status: answer.status, text: await answer.text() }
}

async function version(to: string): Promise<void> {
  const file = join(directory, 'debian/changelog')
  const text = await readFile(file, 'utf8')
  await writeFile(file, `${text.replace(/\(.*?\)/, `(${to})`)}\n${text}`)
}

test('deploys into a new container, upgrades it, and rolls back with deb.rollback', { timeout: 900_000 }, async () => {
  assertSucceeded(await run('lxc', 'deploy'))
  expect(await page('shop-lxc', '/')).toMatchObject({
    status: 200,
    text: expect.stringContaining('<h1>The shop (lxc)</h1><ul><li>apple: 1.00'),
  })
  expect(await page('shop-lxc', '/version')).toEqual({ status: 200, text: '1.0\n' })
  expect(await page('shop-lxc', '/media/apple.txt')).toEqual({ status: 200, text: 'a picture\n' })

  await version('1.1')
  assertSucceeded(await run('lxc', 'deploy'))
  expect(await page('shop-lxc', '/version')).toEqual({ status: 200, text: '1.1\n' })
  assertSucceeded(await run('lxc', 'deb.rollback', 'web_restart', 'test'))
  expect(await page('shop-lxc', '/version')).toEqual({ status: 200, text: '1.0\n' })
})

test('deploys into a container of another machine, over SSH', { timeout: 900_000 }, async () => {
  const remoteOptions = ['--lxc-host', machine.hosts[0]?.name ?? '', '--set', 'lxc=shop-far']
  assertSucceeded(await run('lxc', 'deploy', ...remoteOptions))
  expect(await page('shop-far', '/')).toMatchObject({ status: 200, text: expect.stringContaining('<li>apple: 1.00') })
  assertSucceeded(await run('lxc', 'lxc.remove', ...remoteOptions))
})

test('runs both sequences, and ends maintenance if a step fails', { timeout: 900_000 }, async () => {
  assertSucceeded(await run('production', 'deploy'))
  assertSucceeded(await run('production', 'data.push', '--yes'))
  expect(await page('shop-production', '/')).toMatchObject({
    status: 200,
    text: expect.stringContaining('<h1>The shop</h1><ul><li>pear: 1.00'),
  })

  await lxc.attach('shop-production', ['sudo', '-u', 'shop', 'psql', '-c', "INSERT INTO items (name, price) VALUES ('fig', 2.50)"])
  assertSucceeded(await run('testing', 'deploy'))
  expect(await page('shop-testing', '/')).toMatchObject({ text: expect.stringContaining('<h1>The shop (testing)</h1><ul><li>fig: 2.50') })
  expect(await page('shop-testing', '/media/apple.txt')).toEqual({ status: 200, text: 'a picture\n' })

  await version('1.2')
  await writeFile(join(directory, 'shop/migrations/0003_wrong.sql'), 'ALTER TABLE nowhere ADD COLUMN wrong text;')
  const failed = await run('production', 'deploy')
  expect(failed.status, failed.stdout + failed.stderr).toBe(4)
  expect(failed.stdout + failed.stderr).toMatch(/relation "nowhere" does not exist/)
  expect(failed.stdout + failed.stderr).toMatch(/failed {2}db_migrate[\s\S]*not started {2}test, web_mode:live[\s\S]*NOT undone/)
  // The new package and the old database, and the site is live.
  expect(await page('shop-production', '/version')).toEqual({ status: 200, text: '1.2\n' })
  expect(await page('shop-production', '/')).toMatchObject({ status: 200, text: expect.stringContaining('fig: 2.50') })
})
