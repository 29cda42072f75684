import { spawnSync } from 'node:child_process'
import { defineConfig } from '@dragonfab/core'
import { buildPlan, loadProject, selectHosts } from '@dragonfab/plan'
import { expect, test } from 'vitest'
import { deb } from './plugin.ts'

const facts = { local: {}, hosts: { web1: { 'deb.version': '1.9' } } }
type DebOptions = Parameters<typeof deb>[0]

function project(options: DebOptions = {}, more: object = {}) {
  const environments = { production: { path: '/srv/shop', hosts: ['web1'], ...more } }
  const loaded = loadProject(defineConfig({ appName: 'shop', plugins: [deb(options)], environments }), { directory: '/project' })
  return { loaded, hosts: selectHosts(loaded, { environment: 'production', set: {}, loginUser: () => 'deploy' }) }
}

function parts(task: string, options?: DebOptions, more?: object) {
  const { loaded, hosts } = project(options, more)
  const tasks = [{ task, args: [], when: 'next' as const }]
  const [planned] = buildPlan(loaded, { run: 'r', environment: 'production', command: [task], tasks, hosts, facts }).plan.tasks
  const all = (planned?.phases ?? []).flatMap(({ segments, undo }) => [...segments, ...undo])
  return all.flatMap((each) => (each.kind === 'local' ? [each.part] : (Object.values(each.parts)[0] ?? [])))
}

const titles = (task: string, options?: DebOptions, more?: object) =>
  parts(task, options, more).flatMap((part) =>
    part.steps
      .filter(({ plugin }) => plugin === 'deb')
      .map(
        ({ signal, title, detached: survives }) => `${signal}: ${title}${survives ? ' (survives)' : ''}${part.as ? ` as ${part.as}` : ''}`,
      ),
  )

test('plans a deployment that installs nothing before all hosts have simulated it', () => {
  expect(titles('deb.deploy', {}, { debconf: 'answers' })).toMatchSnapshot()
})

test('plans a rollback', () => {
  expect(titles('deb.rollback')).toMatchSnapshot()
})

test('uses no sudo if the login user is root', () => {
  expect(parts('deb.deploy', {}, { user: 'root' }).flatMap(({ as }) => as ?? [])).toEqual([])
})

const everything: DebOptions = {
  preBuild: ["echo 'a b'", 'make x'],
  wheel: true,
  wheelserver: 'https://pypi.example.org/simple',
  wheelserverTrustedHost: 'pypi.example.org',
  pipBuildDir: '/tmp/a b',
  virtualenv: '/opt/shop/venv',
  collectstatic: true,
  djangoProject: 'shop',
  conffiles: 'replace',
  recommends: true,
  mayRemove: true,
  downgrade: true,
}

test.each(['deb.build', 'deb.deploy', 'deb.rollback', 'deb.status', 'check', 'status'])('%s is right text for every shell', (task) => {
  for (const options of [{}, everything]) {
    for (const part of parts(task, options)) {
      if (part.kind !== 'script') continue
      for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'ash']]) {
        const [program = '', ...rest] = shell
        expect(spawnSync(program, [...rest, '-n'], { input: part.text, encoding: 'utf8' }).stderr).toBe('')
      }
    }
  }
})

test.each([{ packageName: 'Shop' }, { packageName: '-x' }, { folder: 'relative' }, { virtualenv: '/a b' }, { keep: 1 }])(
  '%o is refused',
  (options) => {
    expect(() => project(options as DebOptions)).toThrow()
  },
)
