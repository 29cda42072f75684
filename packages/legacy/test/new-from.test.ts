import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createTestProject, runCommand, type TestProject, workspaceRoot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'

const fixtures = join(workspaceRoot, 'packages/legacy/test/deployfiles')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript')), '../bin/tsc')
const here = (name: string): boolean => existsSync(join(workspaceRoot, 'packages', `plugin-${name}`, 'package.json'))
const needs: Readonly<Record<string, readonly string[]>> = {
  'curl-tgz.yml': ['curl'],
  'jar.yml': ['localshared'],
  'supervisor.yml': ['supervisorctl'],
}

interface Listed {
  readonly hosts: readonly {
    readonly name: string
    readonly role: string
    readonly variables: readonly { readonly name: string; readonly value: unknown }[]
  }[]
}

/** Every variable of every host, of all environments that a file declares. */
async function everything({ run }: TestProject, config: string): Promise<unknown> {
  const { environments } = JSON.parse((await run(['list', '--json', '-d', config])).stdout) as { environments: { name: string }[] }
  const all: Record<string, unknown> = {}
  for (const { name } of environments) {
    const { stdout, stderr } = await run([name, 'env', '--json', '-d', config])
    if (!stdout) throw new Error(stderr)
    const { hosts } = JSON.parse(stdout) as Listed
    all[name] = hosts.map((host) => [host.name, host.role, Object.fromEntries(host.variables.map((each) => [each.name, each.value]))])
  }
  return all
}

/** What was written, by a name; all of it is compiled together, since starting the compiler takes longest. */
const written = new Map<string, string>()

describe('new --from deploy.yml', () => {
  const names = readdirSync(fixtures).filter((name) => name.endsWith('.yml') && (needs[name] ?? []).every(here))

  test.each([...names, 'own.yml'])('%s: every variable of every host is the same', async (name) => {
    const text = name === 'own.yml' ? own : readFileSync(join(fixtures, name), 'utf8')
    const made = createTestProject({ 'deploy.yml': text })
    const before = await everything(made, 'deploy.yml')
    const wrote = await made.run(['new', '--from', 'deploy.yml'])
    expect(wrote, wrote.stderr).toMatchObject({ status: 0 })
    expect(wrote.stdout).toContain('wrote dragonfab.config.ts; from now on Dragonfab reads it instead of deploy.yml')
    expect(await everything(made, 'dragonfab.config.ts')).toEqual(before)
    written.set(name, readFileSync(join(made.directory, 'dragonfab.config.ts'), 'utf8'))
    expect(readFileSync(join(made.directory, 'deploy.yml'), 'utf8')).toBe(text)
    expect(await made.run(['new', '--from', 'deploy.yml'])).toMatchObject({ status: 2, stderr: expect.stringContaining('CONFIG_EXISTS') })
  })

  const own = `# The whole fleet.
app_name: it-s-me
user: 'o''neil'  # who logs in
live_name: current
keep: 3

plugins: fapistrano.plugins.git
release_plugins: [git]
branch: 1.10
repo: "git@git.example.org:a b.git"   # moved in spring
current_path: '%(path)s/%(live_name)s'
path: /srv/%(area)s
environment: { A: "it's \\\\ \\u2028 100%%", B: yes }
shell_env: { PATH: '/opt/bin:$PATH' }
git_shallow_clone: yes

stage_role_configs:
  # Clients look here.
  staging:
    web:
      hosts: [web1, 'me@[::1]:22']
      area: one
      # Only here.
      environment: { C: 1 }
  production:
    web: { hosts: web2, area: 2, keep_releases: 7, linked_dirs: [a, b], release_path: /x }
    job: { hosts: web2, area: 2, plugins: [], linked_files: '%(live_name)s' }
`

  test('keeps comments with their keys, and reports what it cannot convert', async () => {
    const made = createTestProject({ 'deploy.yml': own })
    const { stdout } = await made.run(['new', '--from', 'deploy.yml'])
    expect(stdout).toContain('note: keep is not a variable, and no text uses %(keep)s: it has no effect\n')
    expect(stdout).toContain('note: stage_role_configs.production.web.release_path has no effect')
    const text = readFileSync(join(made.directory, 'dragonfab.config.ts'), 'utf8')
    expect(text).toMatch(/\/\/ The whole fleet\.\n\s+appName: 'it-s-me'/)
    expect(text).toMatch(/\/\/ who logs in\n\s+user: 'o\\'neil'/)
    expect(text).toMatch(/\/\/ moved in spring\n\s+repo: /)
    expect(text).toMatch(/\/\/ Clients look here\.\n\s+staging: /)
    expect(text).toMatch(/\/\/ Only here\.\n\s+dotenv: /)
  })

  test('what is no deployfile', async () => {
    const { run } = createTestProject({ 'deploy.yml': 'a: [1\n', 'x.json': '{}' })
    expect(await run(['new', '--from', 'nope.yml'])).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no such file') })
    expect(await run(['new', '--from', 'deploy.yml'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/deploy.yml:\d+:\d+/) })
    expect(await run(['new', '--from', 'x.json'])).toMatchObject({ status: 2, stderr: expect.stringContaining('NEW_FORM') })
  })
})

describe('new --from environments.py', () => {
  const python = `import os
open('ran', 'w').write('python ran')
COMMON = {'remote_path': '/srv/shop', 'user': 'deploy'}
environments = {
    # what all have
    '__all__': dict(COMMON, banner='100%% (really)'),
    'production': {
        'hosts': ['www.example.org:2222'],  # the big one
        'workers': 4,
        'token': os.environ['TOKEN'],
    },
}
environments['testing'] = dict(environments['production'], hosts=('test.example.org',), **unknown)
if os.environ.get('CI'):
    environments['production']['workers'] = 5
`

  test('converts literals without running the file, and reports the rest with its line', async () => {
    const made = createTestProject({ 'conf/environments.py': python })
    mkdirSync(join(made.directory, 'conf/node_modules'))
    const wrote = await made.run(['new', '--from', 'conf/environments.py'])
    expect(wrote, wrote.stderr).toMatchObject({ status: 0 })
    expect(existsSync(join(made.directory, 'ran')) || existsSync(join(made.directory, 'conf/ran'))).toBe(false)
    expect(wrote.stdout.trimEnd().split('\n').slice(1)).toEqual([
      'note: environments.py:13: unknown cannot be converted',
      'note: environments.py:14: this statement is not run, so its changes are not converted',
      expect.stringContaining("environments.py:10: token is computed (os.environ['TOKEN'])"),
      expect.stringContaining('environments.py:10: token is computed'),
    ])
    const config = readFileSync(join(made.directory, 'conf/dragonfab.config.ts'), 'utf8')
    expect(config).toMatch(/\/\/ what all have\n\s+__all__: /)
    expect(config).toMatch(/\/\/ the big one\n\s+hosts: /)
    writeFileSync(join(made.directory, 'dragonfab.config.ts'), config)
    written.set('environments.py', config)
    const all = (await everything(made, 'dragonfab.config.ts')) as Record<string, [[string, unknown, Record<string, unknown>]]>
    expect(all.production?.[0]?.[2]).toMatchObject({
      user: 'deploy',
      path: '/srv/shop',
      'vars.banner': '100%% (really)',
      'vars.workers': 4,
    })
    expect(all.testing?.[0]).toMatchObject(['test.example.org', undefined, { 'vars.workers': 4 }])
  })

  test('containers, packages and databases: their plugins, by the names of today', async () => {
    const made = createTestProject({
      'environments.py':
        "environments = {'lxc': {'lxc': 'shop-lxc', 'lxc_template': 'bare', 'db_user': 'shop', 'dba': 'root', 'package_name': 'shop'}}",
    })
    expect((await made.run(['new', '--from', 'environments.py'])).status).toBe(0)
    const text = readFileSync(join(made.directory, 'dragonfab.config.ts'), 'utf8')
    for (const each of [
      "import postgres from '@dragonfab/plugin-postgres'",
      'plugins: [deb(), lxc(), postgres()]',
      "lxcTemplate: 'bare'",
      "postgres: { user: 'shop', dba: 'root' }",
      "deb: { packageName: 'shop' }",
    ])
      expect(text).toContain(each)
  })

  test('what does not parse tells its line; without environments it is refused', async () => {
    const { run } = createTestProject({ 'bad.py': 'environments = {\n  1 2\n', 'none.py': 'a = 1\n' })
    expect(await run(['new', '--from', 'bad.py'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/bad.py:[12]:\d+: /) })
    expect(await run(['new', '--from', 'none.py'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no dictionary called environments'),
    })
  })
})

test('all that was written compiles under strict, and a mistake in it would be seen', async () => {
  const [first = ''] = written.values()
  const files = new Map([...written, ['wrong', first.replace('user:', 'usr:')]])
  const { directory } = createTestProject(Object.fromEntries([...files].map(([name, text]) => [`${name}.ts`, text])))
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext']
  const done = await runCommand([process.execPath, tsc, ...flags, ...[...files.keys()].map((name) => `${name}.ts`)], {
    cwd: directory,
    timeoutMs: 120_000,
  })
  expect(done.stdout.split('\n').filter((line) => /^\S/.test(line))).toEqual([
    expect.stringMatching(/^wrong\.ts\(\d+,3\): error TS\d+: .*usr/),
  ])
  expect(written.size).toBeGreaterThan(4)
})
