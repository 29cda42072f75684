import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestProject, workspaceRoot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'
import { ofPlugins } from '../src/deployfile/original-plugins.ts'

const folder = join(workspaceRoot, 'packages/legacy/test/deployfiles')
const file = (name: string, ending = 'yml'): string => readFileSync(join(folder, `${name}.${ending}`), 'utf8')
const here = (name: string): boolean => existsSync(join(workspaceRoot, 'packages', `plugin-${name}`, 'package.json'))

interface Listed {
  readonly name: string
  readonly role: string
  readonly variables: readonly { readonly name: string; readonly value: unknown }[]
}
type Env = Readonly<Record<string, unknown>>

/** The variables of every host of an environment, and what was said. */
async function envOf(text: string, stage: string, args: readonly string[] = []): Promise<{ hosts: Record<string, Env>; said: string }> {
  const { run } = createTestProject({ 'deploy.yml': text })
  const { status, stdout, stderr } = await run([stage, 'env', '--json', ...args])
  expect(status, stderr).toBe(0)
  const { hosts } = JSON.parse(stdout) as { hosts: readonly Listed[] }
  return {
    hosts: Object.fromEntries(
      hosts.map(({ name, variables }) => [name, Object.fromEntries(variables.map((variable) => [variable.name, variable.value]))]),
    ),
    said: stderr,
  }
}

async function refused(text: string, args: readonly string[] = ['production', 'env']): Promise<string> {
  const { directory, run } = createTestProject({ 'deploy.yml': text })
  const { status, stderr } = await run(args)
  expect(status, stderr).toBe(2)
  return stderr.replaceAll(directory, '~')
}

describe('deployfiles in the manner of fapistrano’s documentation', () => {
  // Plugins of other packages join as they are made.
  const plugins: Readonly<Record<string, readonly string[]>> = {
    'curl-tgz': ['curl'],
    jar: ['curl', 'localshared'],
    supervisor: ['git', 'virtualenv', 'supervisorctl'],
  }
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => name.replace('.yml', ''))
    .filter((name) => (plugins[name] ?? []).every(here))

  test.each(names)('%s is loaded, silently', async (name) => {
    const stage = /^ {2}(\w+):/m.exec(file(name).slice(file(name).indexOf('stage_role_configs')))?.[1] ?? ''
    const { hosts, said } = await envOf(file(name), stage)
    expect(said).toBe('')
    expect(Object.keys(hosts).length).toBeGreaterThan(0)
    for (const env of Object.values(hosts)) expect(env).toMatchObject({ user: 'rollout', stage })
  })

  test('the smallest', async () => {
    const { hosts } = await envOf(file('smallest'), 'staging')
    expect(hosts['greeter-staging.example.org']).toMatchObject({
      role: 'app',
      sudoUser: 'deploy',
      path: '/home/deploy/www/greeter',
      currentPath: '/home/deploy/www/greeter/current',
      keepReleases: 5,
      sharedWritable: true,
    })
  })

  test('git with a subtree', async () => {
    const { hosts } = await envOf(file('git-subtree'), 'preview')
    expect(hosts['docs-preview.example.org']).toMatchObject({
      'git.repo': 'git@git.example.org:handbook.git',
      'git.branch': 'next',
      'git.archiveTree': 'site/public',
      'git.shallowClone': 0,
      keepReleases: 3,
    })
    const { run } = createTestProject({ 'deploy.yml': file('git-subtree') })
    expect((await run(['list'])).stdout).toMatch(/production +web: docs1.example.org, docs2.example.org/)
  })

  test('roles: scalars for lists, links that need not exist, tables that replace, a variable of its own, exported .env', async () => {
    const { hosts } = await envOf(file('roles'), 'production')
    expect(Object.keys(hosts)).toEqual(['jobs.example.org/worker', 'jobs.example.org/cron'])
    const { 'jobs.example.org/worker': worker, 'jobs.example.org/cron': cron } = hosts
    expect(worker).toMatchObject({
      linkedFiles: [
        { path: 'configs/settings.py', missing: 'warn' },
        { path: 'log/audio.log', missing: 'warn' },
      ],
      dotenv: { QUEUE: 'high' },
      dotenvFormat: 'export',
      'vars.domain': 'orders.example.org',
      taskPlugins: { rollback: [] },
    })
    expect(cron).toMatchObject({
      linkedFiles: [{ path: 'configs/settings.py', missing: 'warn' }],
      linkedDirs: [{ path: 'var/cron', missing: 'create' }],
      dotenv: { PYTHONPATH: '/home/orders/www/orders/current', SITE: 'https://orders.example.org/100%', DEBUG: 'False' },
      keepReleases: 5,
    })
    const staging = await envOf(file('roles'), 'staging', ['--domain', 'x.example.org'])
    expect(staging.hosts['local/worker']?.dotenv).toMatchObject({ SITE: 'https://x.example.org/100%' })
    expect(staging.hosts['local/web']?.taskPlugins).toEqual({ rollback: [], '*': [] })
  })

  test('one that lacks a closing quote: its place; and it is read once it is repaired', async () => {
    expect(await refused(file('missing-quote', 'txt'))).toBe('~/deploy.yml:7:15: this quote is never closed [CONFIG_SYNTAX]\n')
    const repaired = file('missing-quote', 'txt').replace('web1.example.org]', "web1.example.org']")
    expect(Object.keys((await envOf(repaired, 'production')).hosts)).toEqual(['web1.example.org'])
  })
})

describe('every variable of the originals', () => {
  const core = `project_name: shop
app_name: shop
user: rollout
sudo_user: shop
sudo_prefix: sudo -i
use_ssh_config: false
hosts: [web1.example.org]
path: /srv/%(app_name)s
current_path: '%(path)s/current'
releases_path: '%(path)s/releases'
shared_path: '%(path)s/shared'
new_release: '%y%m%d-%H%M%S'
release_path: '%(releases_path)s/%(new_release)s'
linked_files: [a.py]
linked_dirs: [media]
shared_writable: 1
keep_releases: 5
environment: { A: 1 }
environment_file: '%(release_path)s/.env'
rollback_from: x
rollback_to: y
current_release: x
previous_release: y
stage: production
role: web
plugins: []
release_plugins: []
rollback_plugins: []
restart_plugins: []
show_output: true
dry_run: false
`
  const stages = 'stage_role_configs: { production: { web: } }\n'

  test('of fapistrano itself is accepted; one without effect is reported', async () => {
    const { hosts, said } = await envOf(core + stages, 'production')
    expect(hosts['web1.example.org']).toMatchObject({ path: '/srv/shop', sharedWritable: true, dotenv: { A: 1 } })
    expect(
      said
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/:.*:/, ':')),
    ).toEqual([
      expect.stringContaining('note: steps run through'),
      expect.stringContaining('note: ssh_config is always read'),
      expect.stringContaining('-s'),
      expect.stringContaining('-r'),
      expect.stringContaining('write --verbose on the command line'),
    ])
  })

  test('of a plugin that the file does not name is accepted too, and reported', async () => {
    const all = Object.values(ofPlugins).flat()
    const { said } = await envOf(`${core}${all.map((name) => `${name}: x\n`).join('')}${stages}`, 'production')
    for (const name of all)
      expect(said).toMatch(new RegExp(`^note: ${name} is a variable of the plugin \\w+, which is not listed in plugins$`, 'm'))
  })

  test.each(Object.keys(ofPlugins).filter(here))('of plugin %s is one of its variables', async (plugin) => {
    const { run } = createTestProject({
      'deploy.yml': `app_name: shop\nplugins: [fapistrano.plugins.${plugin}]\nstage_role_configs: { a: { b: { hosts: local } } }\n`,
    })
    const help = await run(['help', plugin])
    expect(help.status, help.stderr).toBe(0)
    for (const name of ofPlugins[plugin] ?? []) {
      const { stderr } = await run(['a', 'env', `--${name.replaceAll('_', '-')}=1`])
      expect(stderr).not.toMatch(/there is no flag/)
    }
  })
})

describe('keys that are no variables', () => {
  const text = (more: string): string =>
    `app_name: shop\nstage_role_configs: { production: { web: { hosts: web1, path: '/srv/%(app_name)s' } } }\n${more}`

  test('belong to the project where a text asks for them, in a role alone too', async () => {
    const own = `app_name: shop
current_path: '%(path)s/%(live_name)s'
projectName: '%(liveName)s'
stage_role_configs: { production: { web: { hosts: web1, live_name: now }, job: { hosts: job1, live_name: 7 } } }
`
    const { hosts, said } = await envOf(own, 'production')
    expect(said).toBe('')
    expect(hosts.web1).toMatchObject({ currentPath: '/home/deploy/www/shop/now', projectName: 'now' })
    expect(hosts.job1).toMatchObject({ currentPath: '/home/deploy/www/shop/7' })
  })

  test('are reported if nothing uses them, and refused if the name is close to another', async () => {
    expect((await envOf(text('contact: ops@example.org\nx-anchors: { a: 1 }\n'), 'production')).said).toBe(
      'note: contact is not a variable, and no text uses %(contact)s: it has no effect\n',
    )
    expect(await refused(text('keep_relases: 3\n'))).toMatch(/keep_relases is not a variable.*\n.*did you mean "keep_releases"/)
    expect(await refused('app_name: shop\nstage_role_configs: { production: { web: { hosts: web1, linked_flies: x } } }\n')).toContain(
      'stage_role_configs.production.web.linked_flies is not a variable',
    )
    expect(await refused(text('keep_releases: many\n'))).toContain('keep_releases should be a whole number')
    expect(await refused('app_name: shop\nstage_role_configs: { production: { web: { hosts: web1, keep_releases: 0 } } }\n')).toContain(
      'stage_role_configs.production.web.keep_releases should be',
    )
    expect(await refused(text('dry_run: true\n'))).toContain('write --dry-run on the command line')
    expect(await refused(text('plugins: [acme.deploy]\n'))).toContain('is a Python plugin for fapistrano')
  })
})

describe('which file', () => {
  const deployfile = (path: string): string => `app_name: shop\npath: ${path}\nstage_role_configs: { live: { web: { hosts: web1 } } }\n`

  test('FAP_APP, -d, then ./deploy.yml', async () => {
    const { run } = createTestProject({
      'deploy.yml': deployfile('/srv/default'),
      'other.yml': deployfile('/srv/other'),
      'apps/third.yaml': deployfile('/srv/third'),
    })
    const path = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string | undefined> =>
      /^path +(\S+)/m.exec((await run(['live', 'env', ...args], { env })).stdout)?.[1]
    expect(await path([])).toBe('/srv/default')
    expect(await path([], { FAP_APP: 'EXAMPLE', EXAMPLE_DEPLOYFILE: 'other.yml' })).toBe('/srv/other')
    expect(await path([], { FAP_APP: 'my-app', MY_APP_DEPLOYFILE: 'other.yml' })).toBe('/srv/other')
    expect(await path(['-d', 'apps/third.yaml'], { FAP_APP: 'EXAMPLE', EXAMPLE_DEPLOYFILE: 'other.yml' })).toBe('/srv/third')
    expect(await path(['--deployfile=other.yml'])).toBe('/srv/other')
    const gone = await run(['live', 'env'], { env: { FAP_APP: 'EXAMPLE', EXAMPLE_DEPLOYFILE: 'gone.yml' } })
    expect(gone).toMatchObject({ status: 2, stderr: expect.stringContaining('EXAMPLE_DEPLOYFILE=gone.yml: there is no such file') })
  })
})
