import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, runCommand } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVenvProject, type VenvProject } from './project.ts'
import { python, wheelhouse } from './wheels.ts'

/** A venv that was built elsewhere, shipped in the release, and its place of birth gone. */
let wheels: Awaited<ReturnType<typeof wheelhouse>>
let shop: VenvProject
let factory: string
let venv: string

beforeAll(async () => {
  wheels = await wheelhouse([['greeting', '1.0']])
  shop = await createVenvProject()
  factory = mkdtempSync(join(tmpdir(), 'dragonfab-factory-'))
  const born = join(factory, 'venv')
  venv = join(shop.directory, 'app/venv')
  await mustRun([python, '-m', 'venv', born])
  await mustRun([join(born, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--no-index', '--find-links', wheels.path, 'greeting'])
  await mustRun([
    'sh',
    '-c',
    `set -e; cd '${born}'/lib/python3*/site-packages; printf '%s\\n' '${born}/src' >more.pth; mkdir '${born}/src'; : >'${born}/src/more.py'; ln -s '${born}/bin' '${born}/all'`,
  ])
  await shop.app({ 'app.py': '' })
  await mustRun(['cp', '-a', born, venv])
  await rm(factory, { recursive: true })
})
afterAll(() => Promise.all([shop?.remove(), wheels?.remove()]))

const config = (more: string) => shop.config(`ship, virtualenvtools({ python${more} })`)

/** Python and scripts work at the release's own path, through `current`, and know nothing of elsewhere. */
async function works(release: string) {
  const at = join(shop.path, 'releases', release, 'venv')
  expect(await mustRun([join(shop.current, 'venv/bin/greeting')])).toBe('greeting 1.0\n')
  expect(await mustRun([join(at, 'bin/pip'), '--version'])).toContain(at)
  expect(
    await mustRun([
      join(at, 'bin/python'),
      '-c',
      'import sys, greeting; print(sys.prefix, greeting.__file__.startswith(sys.prefix), [each for each in sys.path if each.endswith("src")])',
    ]),
  ).toBe(`${at} True ['${at}/src']\n`)
  expect(await mustRun(['bash', '-c', '. "$1/bin/activate"; command -v greeting; echo "$VIRTUAL_ENV"', 'bash', at])).toBe(
    `${at}/bin/greeting\n${at}\n`,
  )
  const elsewhere = await runCommand(['grep', '-rIlF', '--exclude=direct_url.json', '--', factory, at])
  expect(elsewhere.stdout).toBe('')
  expect(await mustRun(['readlink', join(at, 'all')])).toBe(`${at}/bin\n`)
}

test('update-path', async () => {
  await config('')
  const first = await shop.release()
  await works(first)
  const second = await shop.release()
  await works(second)
  // The first keeps its own.
  expect(await mustRun([join(shop.path, 'releases', first, 'venv/bin/greeting')])).toBe('greeting 1.0\n')
  expect((await shop.run(['production', 'rollback'])).status).toBe(0)
  await works(first)
})

test('the Python that it was built with is not on the host: named, and reinitialize gives it the host’s', async () => {
  await mustRun(['sh', '-c', 'cd "$1/bin" && rm python* && ln -s /opt/elsewhere/bin/python3 python && ln -s python python3', 'sh', venv])
  await mustRun(['sed', '-i', 's|^home = .*|home = /opt/elsewhere/bin|', join(venv, 'pyvenv.cfg')])
  const live = (await mustRun(['readlink', '-f', shop.current])).trim()
  const { status, stderr } = await shop.run(['production', 'release'])
  expect(status, stderr).toBe(1)
  expect(stderr).toContain('[VENV_BROKEN]')
  expect(stderr).toContain("virtualenvtools.strategy: 'reinitialize'")
  expect((await mustRun(['readlink', '-f', shop.current])).trim()).toBe(live)
  await config(", strategy: 'reinitialize'")
  await works(await shop.release())
})

test('a venv of another version of Python, and none at all', async () => {
  await mustRun(['sh', '-c', 'cd "$1/lib" && mv python3* python3.1', 'sh', venv])
  const other = await shop.run(['production', 'release'])
  expect(other.status, other.stderr).toBe(1)
  expect(other.stderr).toMatch(/it was made with python3\.1, but the host has python3\.\d+ \[VENV_BROKEN\]/)
  await rm(venv, { recursive: true })
  const none = await shop.run(['production', 'release'])
  expect(none.status, none.stderr).toBe(1)
  expect(none.stderr).toContain('[VENV_NOT_SHIPPED]')
})

test('a program of the user’s own', async () => {
  await config(", executable: 'no-such-tool --verbose'")
  await mustRun([python, '-m', 'venv', '--without-pip', venv])
  const { status, stderr } = await shop.run(['production', 'release'])
  expect(status, stderr).toBe(1)
  expect(stderr).toContain('no-such-tool: not found [VENV_TOOL_MISSING]')
  expect((await shop.run(['production', 'check'])).stderr).toContain('[VENV_TOOL_MISSING]')
})
