import { spawnSync } from 'node:child_process'
import { defineConfig } from '@dragonfab/core'
import { buildPlan, loadProject, selectHosts } from '@dragonfab/plan'
import { expect, test } from 'vitest'
import { systemd } from './plugin.ts'

const facts = { local: { release: '250101-000000' }, hosts: {} }
type SystemdOptions = Parameters<typeof systemd>[0]

function project(options: SystemdOptions = {}) {
  const config = defineConfig({
    appName: 'shop',
    plugins: [systemd(options)],
    environments: { production: { path: '/srv/shop', hosts: ['web1'] } },
  })
  const loaded = loadProject(config, { directory: '/project' })
  return { loaded, hosts: selectHosts(loaded, { environment: 'production', set: {}, loginUser: () => 'deploy' }) }
}

function steps(task: string, options?: SystemdOptions) {
  const { loaded, hosts } = project(options)
  const tasks = [{ task, args: [], when: 'next' as const }]
  const [planned] = buildPlan(loaded, { run: 'r', environment: 'production', command: [task], tasks, hosts, facts }).plan.tasks
  const all = (planned?.phases ?? []).flatMap(({ segments, undo }) => [...segments, ...undo])
  const parts = all.flatMap((each) => (each.kind === 'local' ? [each.part] : (Object.values(each.parts)[0] ?? [])))
  return parts.map((part) => ({
    text: part.kind === 'script' ? part.text : '',
    titles: part.steps.filter(({ plugin }) => plugin === 'systemd').map(({ signal, title }) => `${signal}: ${title}`),
  }))
}

test('the default unit is the application’s service, and a name without a suffix is a service', () => {
  const units = (options?: SystemdOptions) =>
    project(options).hosts.map((host) => (host.env(facts).systemd as { readonly units: unknown }).units)
  expect(units()).toEqual([['shop.service']])
  expect(units({ units: ['a', 'b.timer', 'c@1'] })).toEqual([['a.service', 'b.timer', 'c@1.service']])
})

test.each([
  { units: ['-x'] },
  { units: ['a b'] },
  { units: ['$(x)'] },
  { install: ['/etc/x.service'] },
  { install: ['../x.service'] },
  { install: ['x.conf'] },
  { folder: 'relative' },
])('refuses %o', (options) => {
  expect(() => project(options)).toThrow(/should/)
})

test('plans a release', () => {
  expect(steps('release', { install: ['etc/shop.service'] }).flatMap(({ titles }) => titles)).toEqual([
    'deploy.started: can systemd restart the units',
    'deploy.updated: does the release have its unit files',
    'deploy.publishing: install shop.service',
    'deploy.published: restart shop.service',
    'deploy.published: watch shop.service for 5 s',
    'release.undoing: restore shop.service',
    'deploy.published: restart shop.service',
    'deploy.published: watch shop.service for 5 s',
  ])
})

const own = ['status', 'reload', 'start', 'stop', 'log'].map((name) => `systemd.${name}`)
test.each(['release', 'restart', 'check', 'status', ...own])('%s is shell text that every sh can read', (task) => {
  for (const user of [true, false])
    for (const { text } of steps(task, { user, units: ['a', 'b'], install: ['etc/a.service'], action: 'try-restart' })) {
      for (const [shell = '', ...words] of [['dash'], ['bash', '--posix'], ['busybox', 'ash']]) {
        const { stderr, status } = spawnSync(shell, [...words, '-n'], { input: text, encoding: 'utf8' })
        expect({ shell, stderr, status }).toEqual({ shell, stderr: '', status: 0 })
      }
    }
})
