import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureServers, mustRun, programPath } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVenvProject, read, type VenvProject } from './project.ts'
import { python, wheelhouse } from './wheels.ts'

let wheels: Awaited<ReturnType<typeof wheelhouse>>
let shop: VenvProject
let options: string

beforeAll(async () => {
  await ensureServers({ virtualenv: 'virtualenv' })
  wheels = await wheelhouse([
    ['greeting', '1.0'],
    ['wheel', '99.0'],
  ])
  shop = await createVenvProject()
  options = `index: false, wheelhouse: '${wheels.path}'`
  await shop.app({ 'requirements.txt': 'greeting\n' })
})
afterAll(() => Promise.all([shop?.remove(), wheels?.remove()]))

test('virtualenv; and pip’s own packages are upgraded from the wheelhouse that has them', async () => {
  await shop.config(`ship, virtualenv({ ${options}, tool: 'virtualenv', python })`)
  expect((await shop.run(['production', 'check'])).status).toBe(0)
  await shop.release()
  expect(await mustRun([join(shop.current, 'venv/bin/greeting')])).toBe('greeting 1.0\n')
  expect(await read(join(shop.current, 'venv/pyvenv.cfg'))).toContain('virtualenv = ')
  expect(await mustRun([join(shop.current, 'venv/bin/python'), '-c', 'import wheel; print(wheel.TEXT)'])).toBe('wheel 99.0\n')
})

test('a command of the user’s own, and a file that is read before', async () => {
  await shop.write('before.sh', `echo "$nothing" && export GREETED=yes && printf '%s\\n' "$GREETED" >"${shop.directory}/greeted"\n`)
  await shop.config(
    `ship, virtualenv({ ${options}, pipUpgrade: false, executive: '${python} -m venv --prompt "my shop"', activate: 'source ${shop.directory}/before.sh', python })`,
  )
  await shop.release()
  expect(await read(join(shop.current, 'venv/pyvenv.cfg'))).toContain("prompt = 'my shop'")
  expect(await read(join(shop.directory, 'greeted'))).toBe('yes\n')
})

/**
 * uv is in no package of Debian: where it is not installed, this stands for it. It knows the commands and options that uv's reference
 * documents and that this plugin uses, and refuses any other.
 */
const standIn = `#!/bin/sh
set -eu
case "$1 $2" in
'python find') [ "$3" = 3 ] && exec ${python} -c 'import sys; print(sys.executable)' ;;
'venv --quiet') [ "$3" = --python ] && [ $# = 5 ] && exec "$4" -m venv "$5" ;;
'pip install')
  [ "$3" = --python ] || exit 2
  venv=$4
  shift 4
  for each in "$@"; do case $each in --no-index | --find-links | -r | [!-]*) ;; *) exit 2 ;; esac; done
  exec "$venv" -m pip install "$@" ;;
esac
exit 2
`

test('uv', async () => {
  if (!programPath('uv')) {
    await shop.write('bin/uv', standIn)
    await chmod(join(shop.directory, 'bin/uv'), 0o755)
  }
  await shop.config(`ship, virtualenv({ ${options}, tool: 'uv', python: '3' })`)
  expect((await shop.run(['production', 'check'])).status).toBe(0)
  await shop.release()
  expect(await mustRun([join(shop.current, 'venv/bin/greeting')])).toBe('greeting 1.0\n')
  const used = await shop.venv()
  await shop.release()
  expect(await shop.venv()).toBe(used)
})
