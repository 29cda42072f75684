import { definePlugin, type HookContext, hide, isDragonfabError, list, text } from '@dragonfab/core'
import { describe, expect, it } from 'vitest'
import { buildPlan } from '../plan/build-plan.ts'
import type { Segment } from '../plan/types.ts'
import { loadProject } from './load-project.ts'
import { selectHosts } from './select-hosts.ts'
import type { Selection } from './types.ts'

const ship = definePlugin({
  name: 'ship',
  variables: {
    links: list({ help: 'Links', default: [] }),
    target: text({ help: 'The file that is written', default: '/etc/%(appName)s.conf' }),
    content: text({ help: 'What is written there', default: 'same' }),
  },
  defaults: { stateDir: '%(path)s/.state' },
  signals: ['ship.make', 'ship.live', 'ship.restart'],
  flows: {
    ship: {
      summary: 'Ship',
      phases: [
        { signals: ['ship.make'], undo: ['ship.restart'] },
        { signals: ['ship.live', 'ship.restart'], live: true },
      ],
    },
    again: { summary: 'Restart', phases: [{ signals: ['ship.restart'] }] },
  },
  hooks: {
    'ship.make': ({ env, envs, sh, step, upload }) => [
      sh`make ${env.path} ${envs.flatMap(({ links }) => links)}`,
      upload('dist', env.path),
      step(sh`echo ${env.content} >${env.target}`, { title: 'write', writes: { path: env.target, variable: 'target' } }),
    ],
    'ship.restart': ({ env, sh }) => sh`restart ${String(env.role)}`,
  },
})
const other = definePlugin({
  name: 'other',
  options: { needed: text({ help: 'x', required: true }) },
  hooks: {},
  signals: ['other.x'],
})

const config = (roles: object, rest: object = {}) => ({
  appName: 'shop',
  plugins: [ship()],
  path: '/srv/shop',
  environments: { production: { roles } },
  ...rest,
})
const two = { worker: { hosts: ['job1'], links: ['a'] }, cron: { hosts: ['job1'], links: ['b'] } }

function planOf(given: unknown, selection: Partial<Selection> = {}, task = 'ship') {
  const project = loadProject(given, { directory: '/here', user: 'me' })
  const hosts = selectHosts(project, { environment: 'production', tasks: [task], ...selection })
  const facts = { local: {}, hosts: {} }
  const { plan } = buildPlan(project, {
    run: 'r',
    environment: 'production',
    command: [task],
    tasks: [{ task, args: [], when: 'next' }],
    hosts,
    facts,
  })
  const titles = (segments: readonly Segment[] | undefined) =>
    (segments ?? []).flatMap((segment) =>
      segment.kind === 'hosts'
        ? Object.entries(segment.parts).flatMap(([host, parts]) =>
            parts.flatMap(({ steps }) => steps.map(({ title }) => `${host} ${title}`)),
          )
        : [],
    )
  const [task0] = plan.tasks
  return {
    hosts,
    plan,
    names: plan.hosts.map(({ name, role }) => `${name} ${role}`),
    steps: task0?.phases.flatMap((phase) => titles(phase.segments)).filter((title) => !title.endsWith('write the history')),
    back: task0?.phases.flatMap((phase) => titles(phase.undo)),
  }
}
function refusalOf(given: unknown, selection: Partial<Selection> = {}, task = 'ship') {
  try {
    planOf(given, selection, task)
  } catch (error) {
    if (!isDragonfabError(error)) throw error
    return error.problems.map(({ code, message, remedy }) => `${code} ${message} → ${remedy}`)
  }
  throw new Error('it was planned')
}

describe('two roles on one machine', () => {
  it('with one path share a target: equal steps run once, others per role, also when undoing', () => {
    const { names, steps, back, hosts } = planOf(config(two))
    expect(hosts.map(({ name, target: place }) => `${name} ${place}`)).toEqual([
      'job1/worker job1/worker+cron',
      'job1/cron job1/worker+cron',
    ])
    expect(names).toEqual(['job1/worker+cron worker+cron'])
    expect(steps).toEqual([
      'job1/worker+cron make /srv/shop a b',
      'job1/worker+cron upload dist',
      'job1/worker+cron write',
      'job1/worker+cron worker: restart worker',
      'job1/worker+cron cron: restart cron',
    ])
    expect(back).toEqual(['job1/worker+cron worker: restart worker', 'job1/worker+cron cron: restart cron'])
  })

  it('with two paths are two hosts', () => {
    const { names, steps } = planOf(config({ worker: { ...two.worker, path: '/srv/a' }, cron: two.cron }, { target: '%(path)s/x' }))
    expect(names).toEqual(['job1/worker worker', 'job1/cron cron'])
    expect(steps).toContain('job1/worker make /srv/a a')
    expect(steps).toContain('job1/cron make /srv/shop b')
  })

  it('if one is selected, both take part in a task that changes what is live, and only in such a task', () => {
    const { names, hosts } = planOf(config(two), { roles: ['cron'] })
    expect(names).toEqual(['job1/worker+cron worker+cron'])
    expect(hosts.map(({ name, companion: joined }) => [name, joined])).toEqual([
      ['job1/worker', true],
      ['job1/cron', false],
    ])
    expect(planOf(config(two), { roles: ['cron'] }, 'again')).toMatchObject({
      names: ['job1/cron cron'],
      steps: ['job1/cron restart cron'],
    })
  })

  it('a host with another name, port or machine takes no part', () => {
    const roles = { worker: { hosts: ['job1', 'job2'] }, cron: { hosts: ['job1:2222', 'job2'] } }
    expect(planOf(config(roles, { content: '%(role)s', target: '/etc/%(role)s' })).names).toEqual([
      'job1 worker',
      'job2/worker+cron worker+cron',
      'job1:2222 cron',
    ])
  })

  it('two writers of one target with different content are refused, with one path or two', () => {
    const roles = (path: string) => ({ worker: { ...two.worker, content: 'A', path }, cron: { ...two.cron, content: 'B' } })
    const said = [
      'WRITTEN_TWICE role worker and role cron would write different text to /etc/shop.conf on job1 → use %(role)s in target, or make both texts the same',
    ]
    expect(refusalOf(config(roles('/srv/shop')))).toEqual(said)
    expect(refusalOf(config(roles('/srv/other')))).toEqual(said)
    expect(planOf(config(roles('/srv/shop'), { target: '/etc/%(role)s.conf' })).steps).toContain('job1/worker+cron cron: write')
    const secret = (name: string) => ({ hosts: ['job1'], vars: { key: hide(name, 'k') } })
    const written = {
      vars: { key: '' },
      hooks: {
        'ship.make': ({ env, sh, step }: HookContext<{ vars: { key: string } }>) =>
          step(sh`w ${env.vars.key}`, { writes: { path: '/k', variable: 'k' } }),
      },
    }
    expect(refusalOf(config({ worker: secret('one'), cron: secret('two') }, written))).toEqual([expect.stringContaining('to /k on job1')])
    expect(planOf(config({ worker: secret('one'), cron: secret('one') }, written)).names).toHaveLength(1)
  })

  it('a target has one user, one path and one shellEnv, and a path has one state directory', () => {
    const differ = (more: object) => refusalOf(config({ worker: two.worker, cron: { ...two.cron, ...more } }))
    expect(differ({ user: 'root' })).toEqual([
      'PLACE_DIFFERS roles worker and cron share job1:/srv/shop, but not user → set the same for both, or give each its own path: %(role)s in path',
    ])
    expect(differ({ sudoUser: 'www', shellEnv: { A: '1' } })).toEqual([expect.stringContaining('but not sudoUser, shellEnv')])
    expect(differ({ stateDir: '/srv/state' })).toEqual([expect.stringContaining('but not stateDir')])
    expect(
      refusalOf(
        config({
          web: {
            hosts: [
              { name: 'a', address: 'job1' },
              { name: 'b', address: 'job1' },
            ],
          },
        }),
      ),
    ).toEqual([
      'DUPLICATE_HOST hosts a and b of environment production are the same machine and path → leave one of them out, or give each its own path',
    ])
  })
})

describe('taskPlugins', () => {
  const selectTasks = (taskPlugins: object, role: object = {}) =>
    config({ worker: { hosts: ['job1'], ...role }, web: { hosts: ['web1'] } }, { plugins: [ship(), other()], taskPlugins })

  it('say which plugins act in a task; variables that only others require may be missing', () => {
    expect(refusalOf(selectTasks({}))).toEqual([
      expect.stringContaining('other.needed has no value'),
      expect.stringContaining('other.needed has no value'),
    ])
    expect(planOf(selectTasks({ ship: [] })).steps).toHaveLength(8)
    expect(planOf(selectTasks({ '*': 'ship' })).steps).toHaveLength(8)
    expect(planOf(selectTasks({ '*': 'ship', ship: 'other' }, {}), { set: { 'other.needed': 'x' } }).steps).toHaveLength(8)
  })

  it('of a role alone; the config’s own hooks always act', () => {
    const hooks = { 'ship.live': ({ sh }: { sh: (text: TemplateStringsArray) => unknown }) => sh`own` }
    const only = definePlugin({ name: 'extra', hooks: { status: () => undefined, check: ({ sh }) => sh`extra` } })
    const made = config(
      { worker: { hosts: ['job1'], taskPlugins: { check: [] } }, web: { hosts: ['web1'] } },
      { plugins: [ship(), only()], hooks },
    )
    expect(planOf(made, {}, 'check').steps).toEqual(['web1 extra'])
    expect(planOf({ ...made, taskPlugins: { '*': [] } }).steps).toContain('web1 own')
  })

  it('names that mean nothing are refused', () => {
    expect(refusalOf(selectTasks({ shp: ['othr'] }, { other: { needed: 'x' } }))).toEqual(
      expect.arrayContaining([
        expect.stringContaining('taskPlugins.shp: there is no such task → did you mean "ship"?'),
        expect.stringContaining('taskPlugins.shp: plugin othr is not in this project → did you mean "other"?'),
      ]),
    )
  })
})

describe('--set of an entry of a table', () => {
  const at = (set: Record<string, string>) => {
    const project = loadProject(
      { appName: 'a', hosts: 'h', shellEnv: { A: '0', B: '0' }, environments: { production: {} } },
      { directory: '/' },
    )
    return selectHosts(project, { environment: 'production', set })[0]?.env().shellEnv
  }
  it('leaves the others', () => {
    expect(at({ 'shellEnv.A': '1', 'shell_env.C': 'a=b,c' })).toEqual({ A: '1', B: '0', C: 'a=b,c' })
    expect(at({ shellEnv: 'D=2' })).toEqual({ A: '0', B: '0', D: '2' })
  })
})
