import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installBuilt, listDifferences, runAtTerminal, runCli, type SshHosts, startSshHosts, takeSnapshot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

let hosts: SshHosts
let directory: string
beforeAll(async () => {
  hosts = await startSshHosts(2)
  directory = mkdtempSync(join(tmpdir(), 'dragonfab-plugin-upload-'))
  installBuilt(directory)
  writeFileSync(join(directory, 'package.json'), '{ "name": "site", "private": true, "type": "module" }')
})
afterAll(async () => {
  await hosts?.stop()
  rmSync(directory, { recursive: true, force: true })
})

const path = (host: string) => join(hosts.hosts.find(({ name }) => name === host)?.root ?? '', 'site')
const env = { NO_COLOR: '1', CI: '1', SSH_AUTH_SOCK: '' }
const run = (...args: readonly string[]) => runCli(args, { cwd: directory, env })

function configure(options: string): void {
  const list = hosts.hosts.map(({ name, address, port }) => ({ name, address: `${address}:${port}`, path: path(name) }))
  const live = { user: hosts.user.name, knownHosts: [hosts.knownHosts], identityFiles: [hosts.key], hosts: list }
  writeFileSync(
    join(directory, 'dragonfab.config.mjs'),
    `import upload from '@dragonfab/plugin-upload'
export default { appName: 'site', plugins: [upload(${options})], environments: { live: ${JSON.stringify(live)} } }
`,
  )
}

function build(files: Readonly<Record<string, string>>): void {
  rmSync(join(directory, 'dist'), { recursive: true, force: true })
  mkdirSync(join(directory, 'dist'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, 'dist', name), content)
}

const live = (host: string) => join(path(host), readlinkSync(join(path(host), 'current')))
const withoutOwner = (folder: string) => new Map([...takeSnapshot(folder)].map(([at, what]) => [at, what.replace(/ \d+:\d+/, '')]))
const whole = () => {
  for (const { name } of hosts.hosts) expect(listDifferences(withoutOwner(join(directory, 'dist')), withoutOwner(live(name)))).toEqual([])
}

describe('a folder as a release', () => {
  beforeEach(() => build({ index: 'one\n', style: 'style\n', run: '#!/bin/sh\n' }))

  test('is live on all hosts, the next one sends what differs, and a rollback goes back', async () => {
    configure('{}')
    chmodSync(join(directory, 'dist/run'), 0o755)
    const first = await run('live', 'deploy', '--verbose')
    expect(first.status, first.stdout + first.stderr).toBe(0)
    expect(first.stdout).toContain('3 files sent')
    whole()
    writeFileSync(join(directory, 'dist/index'), 'two\n')
    const second = await run('live', 'deploy', '--verbose')
    expect(second.status, second.stdout + second.stderr).toBe(0)
    expect(second.stdout).toMatch(/web1 +│ {3}1 file sent, 4 B.* · 2 files unchanged/)
    whole()
    const back = await run('live', 'rollback')
    expect(back.status, back.stdout + back.stderr).toBe(0)
    expect(readFileSync(join(live('web2'), 'index'), 'utf8')).toBe('one\n')
  })

  test('is built here once, before any host is touched; where that fails nothing was done', async () => {
    configure(`{ build: "echo x >>built && cp built dist/built", exclude: ['style'] }`)
    const done = await run('live', 'deploy')
    expect(done.status, done.stdout + done.stderr).toBe(0)
    expect(readFileSync(join(live('web1'), 'built'), 'utf8')).toBe('x\n')
    expect(() => readFileSync(join(live('web1'), 'style'))).toThrow()
    const before = live('web1')
    configure(`{ build: "echo no compiler >&2; exit 3" }`)
    const failed = await run('live', 'deploy')
    expect(failed.status).toBe(1)
    expect(failed.stderr).toContain('no compiler')
    expect(live('web1')).toBe(before)
    const back = await run('live', 'rollback')
    expect(back.status, back.stdout + back.stderr).toBe(0)
  })

  test('check tells what is missing', async () => {
    configure(`{ folder: 'nowhere' }`)
    const checked = await run('live', 'check')
    expect(checked.status).toBe(1)
    expect(checked.stderr).toContain('upload.folder: this machine has no folder nowhere')
    const failed = await run('live', 'deploy')
    expect(failed.status).toBe(1)
    expect(failed.stderr).toContain('nowhere cannot be read on this machine')
  })
})

test('at a terminal it is seen how far it is, and no more of that when it has arrived', async () => {
  configure('{}')
  build({ small: 'small\n' })
  // Too random to be packed, and enough to take more than one look.
  writeFileSync(join(directory, 'dist/large'), randomBytes(80_000_000))
  const { status, said } = await runAtTerminal(['live', 'deploy'], { cwd: directory, env: { ...env, CI: undefined } })
  expect(status, said).toBe(0)
  expect(said).toMatch(/\d[\d.]* \wB of 80(\.\d)? MB · [\d.]+ \wB\/s · .+ left/)
  const last = said.slice(said.lastIndexOf('\x1b[J'))
  expect(last).not.toMatch(/ left/)
  whole()
})
