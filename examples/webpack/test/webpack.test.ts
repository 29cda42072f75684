import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mustRun, runCli, runCommand, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const example = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'dragonfab-webpack-'))
const programs = mkdtempSync(join(tmpdir(), 'dragonfab-programs-'))
let cluster: SshHosts

beforeAll(async () => {
  for (const name of ['src', 'plugins', 'webpack.config.mjs', 'dragonfab.config.ts', 'package.json'])
    cpSync(join(example, name), join(folder, name), { recursive: true })
  symlinkSync(join(example, 'node_modules'), join(folder, 'node_modules'))
  // Servers that have what busybox has, and flock: no node, no npm.
  mkdirSync(join(programs, 'bin'))
  await mustRun(['busybox', '--install', '-s', join(programs, 'bin')])
  // Debian's busybox has no flock.
  await mustRun(['sh', '-c', 'ln -sf "$(command -v flock)" "$1"', 'sh', join(programs, 'bin/flock')])
  await mustRun(['chmod', '-R', 'a+rX', programs])
  cluster = await startSshHosts(2, { config: [`SetEnv PATH=${join(programs, 'bin')}`] })
  const hosts = cluster.hosts.map(({ name, user, address, port, root }) => ({
    name,
    address: `${user}@${address}:${port}`,
    path: join(root, 'greeting'),
  }))
  const servers = { hosts, identityFiles: [cluster.key], knownHosts: [cluster.knownHosts] }
  writeFileSync(
    join(folder, 'servers.config.ts'),
    `import config from './dragonfab.config.ts'
export default { ...config, environments: { ...config.environments, servers: ${JSON.stringify(servers)} } }\n`,
  )
})
afterAll(async () => {
  await cluster?.stop()
  for (const each of [folder, programs]) rmSync(each, { recursive: true, force: true })
})

const deploy = () => runCli(['servers', 'deploy', '--config', 'servers.config.ts'], { cwd: folder })
const roots = (): readonly string[] => cluster.hosts.map(({ root }) => join(root, 'greeting'))
const live = (file: string): readonly string[] => roots().map((root) => readFileSync(join(root, 'current', file), 'utf8'))

describe('examples/webpack', () => {
  test('the servers have neither node nor npm', async () => {
    for (const { name } of cluster.hosts) {
      const found = await runCommand(['ssh', '-F', cluster.sshConfig, name, 'command -v node npm webpack; command -v tar'])
      expect(found.stdout.trim()).toMatch(/^\S+\/bin\/tar$/)
    }
  })

  test('releases the output of webpack on servers', async () => {
    const { status, stdout, stderr } = await deploy()
    expect({ status, stderr }, stdout).toMatchObject({ status: 0 })
    expect(live('VERSION')).toEqual(['1.0.0\n', '1.0.0\n'])
    for (const script of live('main.js')) expect(script).toContain('Hello from the first version')
    for (const page of live('index.html')) expect(page).toContain('<script defer src="main.js">')
    // Only the output, none of its sources.
    for (const root of roots()) expect(readdirSync(join(root, 'current')).sort()).toEqual(['VERSION', 'index.html', 'main.js'])
  })

  test('makes a second release and rolls back to the first', async () => {
    writeFileSync(join(folder, 'src/greeting.txt'), 'Hello from the second version\n')
    writeFileSync(join(folder, 'package.json'), readFileSync(join(folder, 'package.json'), 'utf8').replace('1.0.0', '1.1.0'))
    expect(await deploy()).toMatchObject({ status: 0 })
    expect(live('VERSION')).toEqual(['1.1.0\n', '1.1.0\n'])
    for (const script of live('main.js')) expect(script).toContain('Hello from the second version')
    for (const root of roots()) expect(readdirSync(join(root, 'releases'))).toHaveLength(2)
    expect(await runCli(['servers', 'rollback', '--config', 'servers.config.ts'], { cwd: folder })).toMatchObject({ status: 0 })
    expect(live('VERSION')).toEqual(['1.0.0\n', '1.0.0\n'])
    for (const script of live('main.js')) expect(script).toContain('Hello from the first version')
  })

  test('makes no release if the build fails', async () => {
    writeFileSync(join(folder, 'src/index.js'), "import './missing.js'\n")
    const { status, stderr } = await deploy()
    expect(status).toBe(1)
    expect(stderr).toContain("Can't resolve './missing.js'")
    expect(live('VERSION')).toEqual(['1.0.0\n', '1.0.0\n'])
    for (const root of roots()) expect(readdirSync(join(root, 'releases'))).toHaveLength(2)
    expect(existsSync(join(folder, '.deployed'))).toBe(false)
  })
})
