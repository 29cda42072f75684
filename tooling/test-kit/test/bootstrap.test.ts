import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mustRun, runCommand, startCommand, waitUntil } from '../src/index.ts'

const script = fileURLToPath(new URL('../src/debian/bootstrap.sh', import.meta.url))
let folder: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dragonfab-bootstrap-'))
  env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
})
afterEach(async () => {
  await runCommand(['umount', '-l', join(folder, 'root/proc')])
  rmSync(folder, { recursive: true, force: true })
})

/** In the place of the real one, which takes half a minute: it mounts as that does, in the folder that it is told. */
const builder = (then: string) =>
  writeFileSync(
    join(folder, 'mmdebstrap'),
    `#!/bin/sh\nfor word; do case $word in */root) to=$word ;; esac; done\nmkdir -p "$to/proc" && mount -t tmpfs tmpfs "$to/proc" && ${then}\n`,
    { mode: 0o755 },
  )
const mounted = () => readFileSync('/proc/self/mounts', 'utf8').includes(folder)

test('a bootstrap that is cut off leaves no mount, and the next one works', async () => {
  builder('touch "$to/../up" && exec sleep 600')
  const running = startCommand(['sh', script, join(folder, 'root'), 'sudo'], { env })
  await waitUntil('the mount', () => existsSync(join(folder, 'up')))
  running.kill('SIGKILL')
  await running.result
  expect(mounted()).toBe(false)
  builder('umount "$to/proc" && touch "$to/whole"')
  await mustRun(['sh', script, join(folder, 'root'), 'sudo'], { env })
  expect(existsSync(join(folder, 'root/whole'))).toBe(true)
})

test('mounts that stand there from before are cleared', async () => {
  mkdirSync(join(folder, 'root/proc'), { recursive: true })
  await mustRun(['mount', '-t', 'tmpfs', 'tmpfs', join(folder, 'root/proc')])
  writeFileSync(join(folder, 'root/half'), '')
  builder('umount "$to/proc" && touch "$to/whole"')
  await mustRun(['sh', script, join(folder, 'root'), 'sudo'], { env })
  expect([mounted(), existsSync(join(folder, 'root/half')), existsSync(join(folder, 'root/whole'))]).toEqual([false, false, true])
})
