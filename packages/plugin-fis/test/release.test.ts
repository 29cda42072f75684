import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CliProject, createCliProject, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

let hosts: SshHosts
let shop: CliProject

beforeAll(async () => {
  hosts = await startSshHosts(1)
})
afterEach(() => shop?.remove())
afterAll(() => hosts?.stop())

/** The real fis does not start on Node 20, so this is a program of that name: it writes down how it was called, and builds. */
const program = `#!/bin/sh
printf '%s\\n' "$PWD" "$@" >"$0.called"
echo 'compiling …'
! grep -q 'bad syntax' a.css || { echo 'a.css: bad syntax' >&2; exit 1; }
mkdir -p ../static && cp a.css ../static/a_1b2c3d.css
`

/** A deployfile as fapistrano reads it; what is built lies in the release when fis is called. */
async function project(css: string, more: string): Promise<string> {
  shop = await createCliProject(hosts)
  const root = hosts.hosts[0]?.root ?? ''
  writeFileSync(join(root, 'fis'), program, { mode: 0o755 })
  await shop.write(
    'ship.ts',
    `import { definePlugin } from '@dragonfab/core'
import release from '@dragonfab/plugin-release'
export default definePlugin({
  name: 'ship',
  needs: [release()],
  hooks: { 'deploy.updating': ({ env, sh }) => sh\`mkdir -p \${env.releasePath}/frontend && printf '%s' \${${JSON.stringify(css)}} >\${env.releasePath}/frontend/a.css\` },
})
`,
  )
  await shop.write(
    'deploy.yml',
    `app_name: shop
sudo_user: ${hosts.user.name}
path: ${shop.path()}
plugins: [./ship.ts, fapistrano.plugins.fis]
fis_source: frontend
fis_dest: ../static
${more}
shell_env: { PATH: '${root}:$PATH' }
stage_role_configs: { test: { web: { hosts: web1 } } }
`,
  )
  return root
}

test('the command of the original runs in the release, before anything is live, with what it prints kept back', async () => {
  const root = await project('body{}', 'fis_conf: fis-test.js\nfis_pack: false\nfis_domains: true')
  const { status, stdout, stderr } = await shop.run('release', '-s', 'test', '-r', 'web', '--verbose')
  expect(status, stdout + stderr).toBe(0)
  expect(readFileSync(join(root, 'fis.called'), 'utf8').trim().split('\n')).toEqual([
    join(realpathSync(join(shop.path(), 'current')), 'frontend'),
    'release',
    '--file',
    'fis-test.js',
    '--dest',
    '../static',
    '--md5',
    '--optimize',
    '--domains',
  ])
  expect(readFileSync(join(shop.path(), 'current/static/a_1b2c3d.css'), 'utf8')).toBe('body{}')
  expect(stdout + stderr).not.toContain('compiling')
  const shown = await shop.run('release', '-s', 'test', '--verbose', '--fis-output=true')
  expect(shown.stdout + shown.stderr).toContain('compiling')
})

test('what fis says when it fails is told, and nothing is live', async () => {
  await project('bad syntax', '')
  const { status, stdout } = await shop.run('release', '-s', 'test', '--json')
  expect(status).toBe(1)
  const [problem] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '').problems
  expect(problem).toMatchObject({ code: 'FIS_FAILED', message: 'fis failed: a.css: bad syntax' })
  expect(existsSync(join(shop.path(), 'current'))).toBe(false)
})

test('no fis, and no such folder', async () => {
  await project('body{}', '')
  const codes = async (...words: string[]) => {
    const { status, stdout } = await shop.run(...words, '--json')
    return [status, JSON.parse(stdout.trim().split('\n').at(-1) ?? '').problems.map(({ code }: { code: string }) => code)]
  }
  const none = ['--set', 'shell_env=PATH=/bin:/usr/bin']
  expect(await codes('release', '-s', 'test', ...none)).toEqual([1, ['FIS_MISSING']])
  expect(await codes('test', 'check', ...none)).toEqual([1, ['FIS_MISSING']])
  expect(await codes('release', '-s', 'test', '--fis-source', 'nowhere')).toEqual([1, ['FIS_SOURCE']])
})
