import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { assertDeployment, createPackedProject, mustRun, resolveCli, runCommand, startSshHosts, workspaceRoot } from '@dragonfab/test-kit'
import { afterAll, describe, expect, test } from 'vitest'
import { snippetsOf } from '../src/snippets.ts'

const snippets = snippetsOf('README.md')
const blocks = (info: string): readonly string[] => snippets.filter((each) => each.info === info).map(({ text }) => text.trim())
const cleanups: (() => unknown)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

describe('README.md', () => {
  test('its first command is one that the workspace has', () => {
    const { scripts } = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    expect(blocks('demo')).toEqual(['npm run demo'])
    const named = [...readFileSync(join(workspaceRoot, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| `npm (?:run )?(\w+)` \|/gm)].map(
      ([, name = '']) => name,
    )
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
  })

  test('its second command deploys from an empty folder, with what npm installs', async () => {
    const project = await createPackedProject('npm')
    cleanups.push(project.remove)
    const [line = ''] = blocks('local')
    const { status, stdout, stderr } = await runCommand(['sh', '-c', line], {
      cwd: project.directory,
      env: project.env,
      timeoutMs: 300_000,
    })
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(stdout).toContain('wrote dragonfab.config.ts')
    await assertDeployment(join(project.directory, '.deployed'), { settled: true })
    expect(readlinkSync(join(project.directory, '.deployed/current'))).toMatch(/^releases\/\d{6}-\d{6}$/)
    const shown = await project.exec(['dragonfab', 'local', 'status'])
    expect(shown.stdout).toMatch(/^current +\d{6}-\d{6}$/m)
    expect((await project.exec(['dragonfab', 'local', 'deploy'])).status).toBe(0)
    expect((await project.exec(['dragonfab', 'local', 'rollback'])).status).toBe(0)
  })

  test('its first deployment goes to two real servers, and back', async () => {
    const cluster = await startSshHosts(2)
    cleanups.push(cluster.stop)
    const [config = ''] = blocks('dragonfab.config.ts')
    const project = projectOf(
      config.replace(
        /hosts: \[.*\],/,
        `hosts: [${cluster.hosts.map(({ name, root }) => `{ name: '${name}', path: '${root}/www/shop' }`).join(', ')}],`,
      ),
    )
    cleanups.push(() => rmSync(project, { recursive: true }))
    const env = { ...process.env, SSH_AUTH_SOCK: '', PATH: `${sshReading(cluster.sshConfig, project)}:${process.env.PATH}` }
    await commit(project, 'the first')
    const [first = '', second = ''] = blocks('server')
    const run = async (lines: string): Promise<void> => {
      for (const line of lines.split('\n')) {
        const [npx, name, ...args] = line.split(' ')
        expect([npx, name]).toEqual(['npx', 'dragonfab'])
        const { status, stdout, stderr } = await runCommand([...resolveCli(), ...args], { cwd: project, env })
        expect({ line, status, said: status === 0 ? '' : stdout + stderr }).toEqual({ line, status: 0, said: '' })
      }
    }
    await run(first)
    await commit(project, 'the second')
    await run(second)
    for (const { root } of cluster.hosts) {
      const path = join(root, 'www/shop')
      const releases = readFileSync(join(path, 'shared/uploads/restarts'), 'utf8').trim().split('\n')
      expect(releases).toHaveLength(3)
      expect(releases[2]).toBe(releases[0])
      expect(basename(realpathSync(join(path, 'current')))).toBe(releases[0])
      expect(readFileSync(join(path, 'current/built'), 'utf8')).toBe('the first\n')
    }
  })
})

/** A repository with the configuration, and what its hooks call. */
function projectOf(config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dragonfab-docs-'))
  symlinkSync(join(workspaceRoot, 'tooling/docs/node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'dragonfab.config.ts'), config)
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n.bin\n')
  writeFileSync(join(folder, 'text'), 'the first\n')
  writeFileSync(join(folder, 'build'), '#!/bin/sh\ncp text built\n', { mode: 0o755 })
  writeFileSync(join(folder, 'restart'), '#!/bin/sh\nbasename "$(pwd -P)" >>uploads/restarts\n', { mode: 0o755 })
  return folder
}

/** The program asks `ssh -G`: one that reads the hosts' own ssh_config stands first in the PATH. */
function sshReading(sshConfig: string, folder: string): string {
  const bin = join(folder, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nPATH=\${PATH#*:} exec ssh -F '${sshConfig}' "$@"\n`, { mode: 0o755 })
  return bin
}

async function commit(folder: string, text: string): Promise<void> {
  writeFileSync(join(folder, 'text'), `${text}\n`)
  const git = ['git', '-c', 'user.name=You', '-c', 'user.email=you@example.org', '-C', folder]
  await mustRun([...git, 'init', '--quiet', '--initial-branch=main'])
  await mustRun([...git, 'add', '.'])
  await mustRun([...git, 'commit', '--quiet', '--message', text])
}
