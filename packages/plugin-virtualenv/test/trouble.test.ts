import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun, resolveCli, runCommand } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVenvProject, type VenvProject } from './project.ts'
import { python, wheelhouse } from './wheels.ts'

let wheels: Awaited<ReturnType<typeof wheelhouse>>
let shop: VenvProject
let live: string
const options = () => `index: false, wheelhouse: '${wheels.path}', pipUpgrade: false`

beforeAll(async () => {
  wheels = await wheelhouse([['greeting', '1.0']])
  shop = await createVenvProject()
  await shop.config(`ship, virtualenv({ ${options()}, python })`)
  await shop.app({ 'requirements.txt': 'greeting==1.0\n' })
  live = await shop.release()
})
afterAll(async () => {
  await runCommand(['umount', '--lazy', join(shop.directory, 'small')])
  await Promise.all([shop?.remove(), wheels?.remove()])
})

/** What is live is what was live, works, and nothing half done is left beside it. */
async function untouched() {
  expect((await mustRun(['readlink', '-f', shop.current])).trim()).toBe(join(shop.path, 'releases', live))
  expect(await mustRun([join(shop.current, 'venv/bin/greeting')])).toBe('greeting 1.0\n')
  expect(readdirSync(shop.venvs)).toHaveLength(1)
  expect(readdirSync(join(shop.path, 'releases'))).toEqual([live])
}

const unmet = 'Could not find a version that satisfies the requirement greeting==9.0 (from versions: 1.0)'
const cases: readonly (readonly [string, string, string, Readonly<Record<string, string>>, string])[] = [
  ['requirements that cannot be met', 'VENV_REQUIREMENTS_UNMET', '', { 'requirements.txt': 'greeting==9.0\n' }, unmet],
  ['no requirements', 'VENV_REQUIREMENTS_MISSING', '', { 'app.py': '' }, 'requirements.txt: No such file or directory'],
  [
    'no wheelhouse',
    'VENV_WHEELHOUSE_MISSING',
    ", wheelhouse: 'wheels'",
    { 'requirements.txt': '' },
    'the wheelhouse does not exist: wheels',
  ],
  ['no Python', 'PYTHON_MISSING', ", python: 'python9'", { 'requirements.txt': '' }, 'python9: not found'],
  ['a Python that is none', 'PYTHON_MISSING', ", python: '/bin/false'", { 'requirements.txt': '' }, '/bin/false'],
  [
    'no such tool',
    'VENV_TOOL_MISSING',
    ", executive: 'no-such-venv -p python3'",
    { 'requirements.txt': '#1\n' },
    'no-such-venv: not found',
  ],
  ['a tool that makes nothing', 'VENV_NOT_MADE', ", executive: 'true'", { 'requirements.txt': '#1\n' }, 'bin/python does not exist'],
  ['a shipped venv', 'VENV_PATH_TAKEN', '', { 'requirements.txt': 'greeting==1.0\n', 'venv/bin/python': '' }, '/venv'],
  ['no file to activate', 'VENV_ACTIVATE', ", activate: 'source /nowhere/activate'", { 'requirements.txt': '#1\n' }, '/nowhere/activate'],
]

test.each(cases)('%s: %s', async (_what, code, more, files, reason) => {
  await shop.config(`ship, virtualenv({ python, ...{ ${options()}${more} } })`)
  await shop.app(files)
  const { status, stdout, stderr } = await shop.run(['production', 'release'])
  expect(status, stdout + stderr).toBe(1)
  const told = stderr.split('\n').filter((line) => line.startsWith('✖'))
  expect(told, stderr).toHaveLength(1)
  expect(told[0]).toContain(`[${code}]`)
  expect(told[0]).toContain(reason)
  await untouched()
})

test('a Debian without python3-venv is told what to install, by check and by release', async () => {
  await shop.config(`ship, virtualenv({ ${options()}, python })`)
  await shop.app({ 'requirements.txt': '#2\n' })
  const ensurepip = (await mustRun([python, '-c', 'import ensurepip, os; print(os.path.dirname(ensurepip.__file__))'])).trim()
  for (const task of ['check', 'release']) {
    // In a mount namespace of its own, where what the package brings is not to be seen.
    const hidden = `mount -t tmpfs -o size=1m none '${ensurepip}' && exec "$@"`
    const argv = ['unshare', '--mount', 'sh', '-c', hidden, 'sh', ...resolveCli(), 'production', task]
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: shop.directory, NO_COLOR: '1', CI: '1' }
    const { status, stderr } = await runCommand(argv, { cwd: shop.directory, env })
    expect(status, stderr).toBe(1)
    expect(stderr).toContain('[VENV_MISSING]')
    expect(stderr).toContain('apt install python3-venv')
  }
  await untouched()
})

test('a full disk is named, and what was half built gives its space back', async () => {
  const small = join(shop.directory, 'small')
  await mkdir(small)
  await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=6m', 'none', small])
  await shop.config(`ship, virtualenv({ ${options()}, python, venvsPath: '${small}/venvs' })`)
  await shop.app({ 'requirements.txt': 'greeting==1.0\n' })
  const { status, stderr } = await shop.run(['production', 'release'])
  expect(status, stderr).toBe(1)
  expect(stderr).toContain('[DISK_FULL]')
  expect(readdirSync(join(small, 'venvs'))).toEqual([])
  expect(existsSync(join(shop.current, 'venv/bin/greeting'))).toBe(true)
  await untouched()
})

test('a rollback to a release whose venv was removed is refused before the switch', async () => {
  await shop.config(`ship, virtualenv({ ${options()}, python })`)
  await shop.app({ 'requirements.txt': '# other\ngreeting==1.0\n' })
  const gone = await shop.venv()
  const next = await shop.release()
  await mustRun(['rm', '-rf', gone])
  const { status, stderr } = await shop.run(['production', 'rollback'])
  expect(status, stderr).toBe(1)
  expect(stderr).toContain('[VENV_GONE]')
  expect((await mustRun(['readlink', '-f', shop.current])).trim()).toBe(join(shop.path, 'releases', next))
})
