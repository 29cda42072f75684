import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, type SshHosts, startSshHosts, waitUntil } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createVenvProject, type VenvProject, venvsOf } from './project.ts'
import { packageFiles, wheelhouse } from './wheels.ts'

let wheels: Awaited<ReturnType<typeof wheelhouse>>
const projects: VenvProject[] = []
const ends: (() => unknown)[] = []

beforeAll(async () => {
  wheels = await wheelhouse([
    ['greeting', '1.0'],
    ['greeting', '2.0'],
  ])
})
afterEach(async () => {
  await Promise.all(projects.splice(0).map((each) => each.remove()))
  for (const end of ends.splice(0)) await end()
})
afterAll(() => wheels?.remove())

async function python(options: Parameters<typeof createVenvProject>[0] = {}): Promise<VenvProject> {
  const made = await createVenvProject(options)
  projects.push(made)
  return made
}
const greets = (of: VenvProject) => mustRun([join(of.current, 'venv/bin/greeting')])
const plugins = (more = '') => `ship, virtualenv({ index: false, wheelhouse: '${wheels.path}', python, pipUpgrade: false${more} })`

describe('a host with busybox alone', () => {
  test('a venv is used again while its inputs are the same, and goes when no release needs it', async () => {
    const cluster: SshHosts = await startSshHosts(1, { sh: 'busybox' })
    ends.push(() => cluster.stop())
    const shop = await python({ cluster, path: join(cluster.hosts[0]?.root ?? '', 'shop') })
    await shop.config(plugins(), '  keepReleases: 1,')
    await shop.app({ 'requirements.txt': '-r base.txt\n', 'base.txt': 'greeting==1.0\n' })
    await shop.release()
    expect(await greets(shop)).toBe('greeting 1.0\n')
    const first = await shop.venv()
    const made = statSync(join(first, 'bin/greeting')).ctimeMs

    await shop.app({ 'requirements.txt': '-r base.txt\n', 'base.txt': 'greeting==1.0\n', 'app.py': 'print("changed")\n' })
    await shop.release()
    expect(await shop.venv()).toBe(first)
    expect(statSync(join(first, 'bin/greeting')).ctimeMs).toBe(made)

    await shop.app({ 'requirements.txt': '-r base.txt\n', 'base.txt': 'greeting==2.0\n' })
    await shop.release()
    const second = await shop.venv()
    expect(second).not.toBe(first)
    expect(await greets(shop)).toBe('greeting 2.0\n')
    expect(await venvsOf(shop)).toHaveLength(2)
    expect((await shop.run(['production', 'rollback'])).status).toBe(0)
    expect(await greets(shop)).toBe('greeting 1.0\n')
    expect(await shop.venv()).toBe(first)

    // Releases of the second alone remain; a process of the first keeps it.
    const running = spawn(join(first, 'bin/python'), ['-c', 'input()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    for (let count = 0; count < 3; count++) await shop.release()
    expect(await shop.venv()).toBe(second)
    expect(existsSync(join(first, 'bin/greeting'))).toBe(true)
    running.stdin.end()
    await new Promise((resolve) => running.on('close', resolve))
    await shop.release()
    expect((await venvsOf(shop)).map((each) => join(shop.venvs, each))).toEqual([second])
  })
})

test('a venv that a killed run left half built is never used, and goes', async () => {
  const shop = await python()
  await shop.config(plugins())
  await shop.app({ 'requirements.txt': 'greeting==1.0\n' })
  const killed = shop.start(['production', 'release'])
  const half = await waitUntil(
    'a venv that is being built',
    () => (existsSync(shop.venvs) ? readdirSync(shop.venvs)[0] : undefined),
    60_000,
  )
  await waitUntil('its Python', () => existsSync(join(shop.venvs, half, 'bin')), 60_000)
  killed.kill('SIGKILL')
  await killed.result
  await shop.release('--lock-wait', '60')
  expect(await shop.venv()).toBe(join(shop.venvs, `${half}.1`))
  expect(await greets(shop)).toBe('greeting 1.0\n')
  expect(await venvsOf(shop)).toEqual([`${half}.1`])
})

test('a requirement that is the release itself is built in it, each time', async () => {
  const shop = await python()
  await shop.config(plugins())
  for (const version of ['1.0', '2.0']) {
    await shop.app({ ...packageFiles('shop', version), 'requirements.txt': '-e .\ngreeting==1.0\n' })
    const release = await shop.release()
    expect(await shop.venv()).toBe(join(shop.path, 'releases', release, 'venv'))
    expect(await mustRun([join(shop.current, 'venv/bin/shop')])).toBe(`shop ${version}\n`)
  }
  expect(existsSync(shop.venvs)).toBe(false)
})

test('two that build the same at once do not disturb each other', async () => {
  const venvs = await mkdtemp(join(tmpdir(), 'dragonfab-venvs-'))
  ends.push(() => rm(venvs, { recursive: true }))
  const shops = [await python(), await python()]
  for (const shop of shops) {
    await shop.config(plugins(`, venvsPath: '${venvs}'`))
    await shop.app({ 'requirements.txt': 'greeting==1.0\n' })
  }
  await Promise.all(shops.map((shop) => shop.release()))
  expect(await Promise.all(shops.map(greets))).toEqual(['greeting 1.0\n', 'greeting 1.0\n'])
  const made = await Promise.all(shops.map((shop) => shop.venv()))
  expect(made.every((each) => each.startsWith(venvs))).toBe(true)
})
