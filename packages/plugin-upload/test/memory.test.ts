import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installBuilt, mustRun, type SshHosts, startCli, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const bytes = 500_000_000
let hosts: SshHosts
let directory: string
beforeAll(async () => {
  hosts = await startSshHosts(1)
  directory = mkdtempSync(join(tmpdir(), 'dragonfab-memory-'))
  installBuilt(directory)
  mkdirSync(join(directory, 'dist'))
  const file = openSync(join(directory, 'dist/large'), 'w')
  // Noise, so that all of it travels.
  const part = randomBytes(1_000_000)
  for (let at = 0; at < bytes; at += part.length) writeSync(file, part)
  closeSync(file)
})
afterAll(async () => {
  await hosts?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** The most memory that a process has had so far, in bytes. */
function peak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

test('a file of 500 MB goes over SSH in at most 150 MB of memory', async () => {
  const { name, address, port, root } = hosts.hosts[0] ?? { name: '', address: '', port: 0, root: '' }
  const live = {
    user: hosts.user.name,
    knownHosts: [hosts.knownHosts],
    identityFiles: [hosts.key],
    hosts: [{ name, address: `${address}:${port}`, path: join(root, 'site') }],
  }
  writeFileSync(
    join(directory, 'dragonfab.config.mjs'),
    `import upload from '@dragonfab/plugin-upload'
export default { appName: 'site', plugins: [upload()], environments: { live: ${JSON.stringify(live)} } }
`,
  )
  const deploying = startCli(['live', 'deploy'], { cwd: directory, env: { NO_COLOR: '1', CI: '1', SSH_AUTH_SOCK: '' }, timeoutMs: 240_000 })
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, peak(deploying.pid))
  }, 20)
  const { status, stdout, stderr } = await deploying.result
  clearInterval(watch)
  expect(status, stdout + stderr).toBe(0)
  expect(statSync(join(root, 'site/current/large')).size).toBe(bytes)
  await mustRun(['cmp', join(directory, 'dist/large'), join(root, 'site/current/large')])
  expect(most).toBeGreaterThan(30_000_000)
  expect(most).toBeLessThanOrEqual(150 * 1024 * 1024)
})
