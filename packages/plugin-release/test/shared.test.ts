import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  assertSucceeded,
  installBuilt,
  mustRun,
  runAtTerminal,
  runCli,
  type SshHosts,
  startSampler,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const canary = 'cAnArY-$(touch pwned)-value'
let hosts: SshHosts
let directory: string
beforeAll(async () => {
  hosts = await startSshHosts(2)
})
afterAll(() => hosts?.stop())
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dragonfab-shared-'))
  installBuilt(directory)
  for (const { root } of hosts.hosts) rmSync(join(root, 'shop'), { recursive: true, force: true })
  const list = hosts.hosts.map(({ name, address, port, root }) => ({ name, address: `${address}:${port}`, path: join(root, 'shop') }))
  const live = { user: hosts.user.name, knownHosts: [hosts.knownHosts], identityFiles: [hosts.key], hosts: list }
  writeLocal('package.json', '{ "name": "shop", "private": true, "type": "module" }')
  writeLocal(
    'dragonfab.config.mjs',
    `import release from '@dragonfab/plugin-release'
export default { appName: 'shop', plugins: [release()], linkedFiles: ['app/production.env', 'key'], linkedDirs: ['uploads'],
  environments: { live: ${JSON.stringify(live)} } }
`,
  )
  return () => rmSync(directory, { recursive: true, force: true })
})

const env = { NO_COLOR: '1', CI: '1', SSH_AUTH_SOCK: '' }
const run = (...args: readonly string[]) => runCli(args, { cwd: directory, env })
const writeLocal = (path: string, content: string) => {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), content)
}
const sharedPath = (host: number, path: string) => join(hosts.hosts[host]?.root ?? '', 'shop/shared', path)
const ownedByUser = (path: string) => chownSync(path, hosts.user.uid, hosts.user.gid)

test('push writes files to shared/ of all hosts, and no output or command line shows their content', async () => {
  writeLocal('shared/live/app/production.env', `PASSWORD=${canary}\n`)
  writeLocal('shared/live/key', Buffer.from([0, 1, 2, 255]).toString('latin1'))
  const sampler = await startSampler([canary])
  const done = await run('live', 'shared.push', '--json')
  const { seen, rounds } = await sampler.stop()
  expect(done.status, done.stdout + done.stderr).toBe(0)
  expect(rounds).toBeGreaterThan(10)
  expect(seen).toEqual([])
  expect(done.stdout + done.stderr).not.toContain('cAnArY')
  for (const host of [0, 1]) {
    expect(readFileSync(sharedPath(host, 'app/production.env'), 'utf8')).toBe(`PASSWORD=${canary}\n`)
    const { mode, uid } = statSync(sharedPath(host, 'app/production.env'))
    expect([mode & 0o777, uid]).toEqual([0o640, hosts.user.uid])
    expect(readFileSync(sharedPath(host, 'key')).equals(readFileSync(join(directory, 'shared/live/key')))).toBe(true)
    expect(readdirSync(sharedPath(host, '.')).sort()).toEqual(['app', 'key'])
  }
  expect((await run('live', 'shared.push')).stdout).toContain('no file differs')
})

test('overwrites nothing without --yes; with it, keeps the old file beside the new one, with its mode', async () => {
  writeLocal('shared/live/key', 'new\n')
  assertSucceeded(await run('live', 'shared.push', '--host', 'web1'))
  chmodSync(sharedPath(0, 'key'), 0o600)
  writeLocal('shared/live/key', 'newer\n')
  const asked = await run('live', 'shared.push')
  expect(asked.status).toBe(1)
  expect(asked.stderr).toContain('web1: overwrite key in')
  expect(readFileSync(sharedPath(0, 'key'), 'utf8')).toBe('new\n')
  const done = await run('live', 'shared.push:key', '--yes')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  expect(readFileSync(sharedPath(0, 'key'), 'utf8')).toBe('newer\n')
  expect(readFileSync(sharedPath(0, 'key.before'), 'utf8')).toBe('new\n')
  expect([statSync(sharedPath(0, 'key')).mode & 0o777, statSync(sharedPath(0, 'key.before')).mode & 0o777]).toEqual([0o600, 0o600])
})

test('asks at a terminal, one host after the other; n keeps the file', async () => {
  writeLocal('shared/live/key', 'first\n')
  assertSucceeded(await run('live', 'shared.push:key'))
  writeLocal('shared/live/key', 'second\n')
  const question = (host: number) => `${hosts.hosts[host]?.name}: overwrite key in ${dirname(sharedPath(host, 'key'))}? [y/N]`
  const asked = (first: string, second: string) =>
    runAtTerminal(['live', 'shared.push:key'], {
      cwd: directory,
      env: { NO_COLOR: '1', SSH_AUTH_SOCK: '', COLUMNS: '200' },
      typed: [
        ['overwrite key in', `${first}\r`],
        ['overwrite key in', `${second}\r`],
      ],
    })
  const no = await asked('n', '')
  expect(no.status, no.said).toBe(1)
  expect(no.said).toContain('NOT_CONFIRMED')
  for (const host of [0, 1]) {
    expect(no.said.replace(/\n/g, '')).toContain(question(host))
    expect(readFileSync(sharedPath(host, 'key'), 'utf8')).toBe('first\n')
  }
  const yes = await asked('y', 'yes')
  expect(yes.status, yes.said).toBe(0)
  for (const host of [0, 1]) {
    expect(readFileSync(sharedPath(host, 'key'), 'utf8')).toBe('second\n')
    expect(readFileSync(sharedPath(host, 'key.before'), 'utf8')).toBe('first\n')
  }
})

test('diff shows names but no values, pull fetches the files', async () => {
  writeLocal('shared/live/app/production.env', `PASSWORD=${canary}\nONLY_HERE=x1y2z3\n`)
  assertSucceeded(await run('live', 'shared.push'))
  writeFileSync(sharedPath(0, 'app/production.env'), 'PASSWORD=other-cAnArY\n')
  ownedByUser(sharedPath(0, 'app/production.env'))
  const compared = await run('live', 'shared.diff:app/production.env', '--host', 'web1')
  expect(compared.status, compared.stderr).toBe(0)
  expect(compared.stdout).toContain('app/production.env: differs\n  ~ PASSWORD = ••••••\n  + ONLY_HERE = ••••••\n')
  expect(compared.stdout + compared.stderr).not.toMatch(/cAnArY|x1y2z3/)
  expect((await run('live', 'shared.pull')).status).toBe(1)
  const pulled = await run('live', 'shared.pull', '--yes')
  expect(pulled.status, pulled.stdout + pulled.stderr).toBe(0)
  expect(readFileSync(join(directory, 'shared/live/app/production.env'), 'utf8')).toBe('PASSWORD=other-cAnArY\n')
  expect(statSync(join(directory, 'shared/live/app/production.env')).mode & 0o777).toBe(0o600)
})

test('refuses a path that is not linked, and a file that is not on this machine', async () => {
  const unknown = await run('live', 'shared.push:../etc/passwd')
  expect(unknown.status).toBe(2)
  expect((await run('live', 'shared.push:other')).stderr).toContain('is not a linked file')
  expect((await run('live', 'shared.push:key')).stderr).toContain('shared/live/key is not on this machine')
})

test('check warns of linked files that git tracks', async () => {
  await mustRun(['git', 'init', '--quiet', directory])
  writeLocal('app/production.env', 'x=1\n')
  await mustRun(['git', '-C', directory, 'add', 'app'])
  const checked = await run('live', 'check')
  expect(checked.stderr).toContain('git tracks the linked file app/production.env')
  await mustRun(['git', '-C', directory, 'rm', '--quiet', '--cached', 'app/production.env'])
  expect((await run('live', 'check')).stderr).not.toContain('git tracks')
})
