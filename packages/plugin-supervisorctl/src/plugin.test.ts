import { spawnSync } from 'node:child_process'
import { defineConfig } from '@dragonfab/core'
import { buildPlan, loadProject, selectHosts } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import { supervisorctl } from './plugin.ts'

const facts = { local: { release: '250101-000000' }, hosts: {} }
type SupervisorOptions = Parameters<typeof supervisorctl>[0]

function project(options: SupervisorOptions = {}, set: Readonly<Record<string, string>> = {}) {
  const config = defineConfig({
    appName: 'shop',
    plugins: [supervisorctl(options)],
    environments: { production: { path: '/srv/shop', roles: { web: { hosts: ['web1'] } } }, staging: { hosts: ['s1'] } },
  })
  const loaded = loadProject(config, { directory: '/project' })
  const hosts = (environment: string) => selectHosts(loaded, { environment, set, loginUser: () => 'deploy' })
  return { loaded, hosts }
}

function steps(task: string, options?: SupervisorOptions) {
  const { loaded, hosts } = project(options)
  const tasks = [{ task, args: [], when: 'next' as const }]
  const request = { run: 'r', environment: 'production', command: [task], tasks, hosts: hosts('production'), facts }
  const [planned] = buildPlan(loaded, request).plan.tasks
  const all = (planned?.phases ?? []).flatMap(({ segments, undo }) => [...segments, ...undo])
  const parts = all.flatMap((each) => (each.kind === 'local' ? [each.part] : (Object.values(each.parts)[0] ?? [])))
  return parts.flatMap((part) => ({
    as: part.as,
    text: part.kind === 'script' ? part.text : '',
    titles: part.steps.filter(({ plugin }) => plugin === 'supervisorctl').map(({ signal, title }) => `${signal}: ${title}`),
  }))
}

test('accepts the originals’ names', () => {
  const set = {
    supervisor_restart: 'false',
    supervisor_refresh: 'true',
    supervisor_output: 'true',
    supervisor_check_status: 'true',
    supervisor_program: 'shop-web',
    supervisor_conf: 'etc/shop.ini',
    supervisor_command: 'sudo supervisorctl -c /etc/s.conf',
  }
  const [host] = project({}, set).hosts('production')
  expect(host?.env(facts).supervisorctl).toMatchObject({
    restart: false,
    refresh: true,
    output: true,
    checkStatus: true,
    program: 'shop-web',
    conf: 'etc/shop.ini',
    target: '/etc/supervisor/conf.d/shop-web.conf',
    command: 'sudo supervisorctl -c /etc/s.conf',
  })
})

test('names the configuration after stage and role, if there are roles', () => {
  const { hosts } = project()
  const conf = (environment: string) => hosts(environment).map((host) => (host.env(facts).supervisorctl as { readonly conf: string }).conf)
  expect([...conf('production'), ...conf('staging')]).toEqual(['configs/supervisor_production_web.conf', 'configs/supervisor_staging.conf'])
})

test.each([
  { program: 'a b' },
  { program: '-x' },
  { program: 'a;b' },
  { groups: ['ok', '$(x)'] },
  { command: 'supervisorctl; rm -rf /' },
  { command: '--help' },
  { target: 'relative.conf' },
  { conf: '../x' },
  { conf: 'a/../b' },
  { conf: '/etc/x' },
  { watch: -1 },
])('refuses %o', (options) => {
  expect(() => project(options)).toThrow(/should/)
})

describe('the plan', () => {
  test('of a release: checks before, links and restarts after the switch, and undoes both', () => {
    const restart = ['note the processes of shop', 'restart shop', 'watch shop for 5 s', 'is the configuration of shop in use']
    expect(steps('release').flatMap(({ titles }) => titles)).toEqual([
      'deploy.started: can supervisord restart the programs',
      'deploy.updated: does the release have configs/supervisor_production_web.conf',
      'deploy.publishing: link /etc/supervisor/conf.d/shop.conf',
      ...restart.map((title) => `deploy.published: ${title}`),
      'release.undoing: restore /etc/supervisor/conf.d/shop.conf',
      'release.undoing: stop shop if no release is live',
      ...restart.map((title) => `deploy.published: ${title}`),
    ])
  })

  test('without its own configuration, and without a restart', () => {
    expect(steps('release', { conf: '', restart: false }).flatMap(({ titles }) => titles)).toEqual([
      'deploy.started: can supervisord restart the programs',
      'release.undoing: stop shop if no release is live',
    ])
  })

  test('as another user: only steps that use supervisord or the link', () => {
    const parts = steps('release', { sudoUser: 'root' })
    expect(parts.filter(({ as }) => as === 'root').flatMap(({ titles }) => titles)).toContain('deploy.published: restart shop')
    expect(parts.filter(({ as }) => as === undefined).flatMap(({ titles }) => titles)).toEqual([
      'deploy.updated: does the release have configs/supervisor_production_web.conf',
    ])
  })

  const own = ['status', 'refresh', 'start', 'stop', 'log'].map((name) => `supervisorctl.${name}`)
  test.each(['release', 'restart', 'check', 'status', ...own])('%s is shell text that every sh can read', (task) => {
    for (const { text } of steps(task, { groups: ['shop', 'workers:*'], refresh: task === 'release' })) {
      for (const [shell = '', ...words] of [['dash'], ['bash', '--posix'], ['busybox', 'ash']]) {
        const { stderr, status } = spawnSync(shell, [...words, '-n'], { input: text, encoding: 'utf8' })
        expect({ shell, stderr, status }).toEqual({ shell, stderr: '', status: 0 })
      }
    }
  })
})
