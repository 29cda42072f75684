import { type AnyEnv, type AnyPlugin, describeTarget, type Hook, hide, hostTarget, reveal, sh, shellFunction } from '@dragonfab/core'
import { describe, expect, test } from 'vitest'
import type { HostEnv } from '../project/types.ts'
import { buildPlan } from './build-plan.ts'
import type { PlanHost, PlanSource } from './request.ts'
import type { ScriptPart, Segment } from './types.ts'

const plugin = (name: string, hooks: Record<string, Hook>, order: AnyPlugin['order'] = 'normal'): AnyPlugin =>
  ({
    name,
    order,
    needs: [],
    options: {},
    variables: {},
    given: {},
    defaults: {},
    signals: [],
    flows: {},
    hooks,
    facts: {},
    tasks: {},
    observe: {},
  }) as unknown as AnyPlugin

const host = (name: string, env: AnyEnv = {}): PlanHost => {
  const all = {
    appName: 'shop',
    path: '/srv/shop',
    stateDir: '/srv/shop/.dragonfab',
    user: 'deploy',
    shellEnv: {},
    taskPlugins: {},
    releasePath: '/srv/shop/releases/1',
    currentPath: '/srv/shop/current',
    ...env,
  }
  return {
    name,
    role: undefined,
    env: (_facts, overrides = {}) =>
      ({
        ...all,
        ...Object.fromEntries(Object.entries(overrides).map(([key, value]) => [key, value(all)])),
      }) as unknown as HostEnv,
  }
}

const source = (parts: Partial<PlanSource>): PlanSource => ({
  directory: '/project',
  plugins: [],
  hooks: {},
  tasks: {},
  flows: {
    release: {
      plugin: 'probe',
      flow: {
        summary: '',
        phases: [
          { signals: ['a', 'b'], undo: ['back'] },
          { signals: ['c'], live: true },
        ],
        taskEnv: { currentPath: (env) => env.releasePath },
        undoEnv: { releasePath: (env) => env.currentPath },
      },
    },
  },
  ...parts,
})

const request = (hosts: readonly PlanHost[], task = 'release') => ({
  run: 'r1',
  environment: 'production',
  command: [task],
  tasks: [{ task, args: [], when: 'next' as const }],
  hosts,
  facts: { local: { release: '1' }, hosts: {} },
})

const scripts = (segments: readonly Segment[] | undefined, name: string): readonly string[] =>
  (segments ?? []).flatMap((segment) =>
    segment.kind === 'hosts'
      ? (segment.parts[name] ?? []).map((part) => (part.kind === 'script' ? part.text : `code ${part.name}`))
      : [`here ${(segment.part as ScriptPart).text}`],
  )

describe('a plan', () => {
  test('is one script per host and phase, word for word', () => {
    const { plan } = buildPlan(
      source({
        plugins: [
          plugin('git', { a: ({ sh }) => sh`git fetch`, b: ({ sh, env }) => [sh`cd ${String(env.releasePath)} && make`, null, false] }),
        ],
      }),
      request([host('web1', { shellEnv: { PATH: '/opt/bin:$PATH', LANG: 'C' } })]),
    )
    expect(scripts(plan.tasks[0]?.phases[0]?.segments, 'web1')).toEqual([
      [
        'export PATH=/opt/bin:"$PATH"',
        'export LANG=C',
        'begin 0; (enter # a · git: git fetch',
        'git fetch',
        '); finish 0 $? || exit',
        'begin 1; (enter # b · git: cd /srv/shop/releases/1 && make',
        'cd /srv/shop/releases/1 && make',
        '); finish 1 $? || exit',
      ].join('\n'),
    ])
  })

  test('the same request gives the same plan', () => {
    const make = () =>
      buildPlan(
        source({
          plugins: [
            plugin('x', {
              a: ({ sh, code }) => [sh`echo ${hide('s', 'x.token')}`, code({ name: 'send', args: { to: 1 } }, async () => undefined)],
            }),
          ],
        }),
        request([host('h1'), host('h2')]),
      ).plan
    expect(JSON.stringify(make())).toBe(JSON.stringify(make()))
  })

  test('no script contains the run’s id, so that a dry run shows what a run sends', () => {
    const of = (run: string) => buildPlan(source({}), { ...request([host('web1')]), run }).plan.tasks
    expect(of('r2')).toEqual(of('r1'))
    expect(JSON.stringify(of('r1'))).toContain('\\"run\\"')
  })

  test('order: pre, plugins in order, the config’s own hooks, post', () => {
    const say = (word: string): Record<string, Hook> => ({ a: ({ sh }) => sh`echo ${word}` })
    const { plan } = buildPlan(
      source({
        plugins: [
          plugin('last', say('post'), 'post'),
          plugin('one', say('one')),
          plugin('two', say('two')),
          plugin('first', say('pre'), 'pre'),
        ],
        hooks: { a: [({ sh }) => sh`echo own`] },
      }),
      request([host('h')]),
    )
    const text = scripts(plan.tasks[0]?.phases[0]?.segments, 'h')[0] ?? ''
    expect([...text.matchAll(/^echo (\w+)$/gm)].map((match) => match[1])).toEqual(['pre', 'one', 'two', 'own', 'post'])
  })

  test('secrets are holes with one name on all hosts, and never in the plan', () => {
    const { plan, code } = buildPlan(
      source({ plugins: [plugin('x', { a: ({ sh, env }) => sh`login ${env.token as never}` })] }),
      request([host('h1', { token: hide('alpha', 'x.token') }), host('h2', { token: hide('beta', 'x.token') })]),
    )
    expect(JSON.stringify(plan)).not.toMatch(/alpha|beta/)
    expect(scripts(plan.tasks[0]?.phases[0]?.segments, 'h2')[0]).toContain('login "$DF_S1"')
    expect(plan.secrets).toEqual([
      { hole: 'DF_S1', label: 'x.token', target: { kind: 'host', name: 'h1' } },
      { hole: 'DF_S1', label: 'x.token', target: { kind: 'host', name: 'h2' } },
    ])
    expect([...(code.secrets.hosts.get('h2')?.keys() ?? [])]).toEqual(['DF_S1'])
  })

  test('steps of this machine are not those of a host named here or local', () => {
    const { plan, code } = buildPlan(
      source({
        plugins: [plugin('x', { a: ({ sh, local, env }) => [local`build ${env.token as never}`, sh`use ${env.token as never}`] })],
      }),
      request(['here', 'local'].map((name) => host(name, { token: hide(`of ${name}`, 'x.token') }))),
    )
    expect(plan.secrets.map(({ hole, target }) => [hole, target])).toEqual([
      ['DF_S1', hostTarget('here')],
      ['DF_S1', hostTarget('local')],
      ['DF_S1', { kind: 'local' }],
    ])
    expect([...(code.secrets.hosts.get('here')?.values() ?? [])].map(reveal)).toEqual(['of here'])
    expect([...code.secrets.local.values()].map(reveal)).toEqual(['of here'])
  })

  test('steps on this machine run between those of the hosts, equal ones once', () => {
    const { plan } = buildPlan(
      source({ plugins: [plugin('x', { a: ({ sh, local }) => [sh`before`, local`build`, sh`after`] })] }),
      request([host('h1'), host('h2')]),
    )
    const phase = plan.tasks[0]?.phases[0]
    expect(phase?.segments.map((segment) => segment.kind)).toEqual(['hosts', 'local', 'hosts'])
    expect(phase?.segments[1]).toMatchObject({ hosts: ['h1', 'h2'] })
  })

  test('another user and a code step split the script; firstHost steps are for the first host', () => {
    const { plan } = buildPlan(
      source({
        plugins: [
          plugin('x', {
            a: ({ sh, step, firstHost: once, code }) => [
              sh`one`,
              step(sh`two`, { as: 'root' }),
              once(sh`three`),
              code({ name: 'copy' }, async () => undefined),
              sh`four`,
            ],
          }),
        ],
      }),
      request([host('h1'), host('h2')]),
    )
    const parts = (name: string) =>
      plan.tasks[0]?.phases[0]?.segments.flatMap((segment) => (segment.kind === 'hosts' ? (segment.parts[name] ?? []) : []))
    expect(parts('h1')?.map((part) => [part.kind, part.as, part.steps.length])).toEqual([
      ['script', undefined, 1],
      ['script', 'root', 1],
      ['script', undefined, 1],
      ['code', undefined, 1],
      ['script', undefined, 1],
    ])
    expect(parts('h2')?.map((part) => part.kind)).toEqual(['script', 'script', 'code', 'script'])
  })

  test('firstHost is for the first host whose hook returns the step, even if other hosts come before it', () => {
    const { plan } = buildPlan(
      source({ plugins: [plugin('x', { a: ({ sh, firstHost: once, env }) => [env.role === 'worker' && once(sh`migrate`), sh`go on`] })] }),
      request([host('h1'), host('h2', { role: 'worker' }), host('h3', { role: 'worker' })]),
    )
    const migrates = (name: string) => scripts(plan.tasks[0]?.phases[0]?.segments, name).some((text) => text.includes('migrate'))
    expect(['h1', 'h2', 'h3'].map(migrates)).toEqual([false, true, false])
  })

  test('what undoes a phase is in the plan, with the live release as releasePath', () => {
    const { plan } = buildPlan(
      source({ plugins: [plugin('x', { back: ({ sh, env, undoing }) => sh`restart ${String(env.releasePath)} ${String(undoing)}` })] }),
      request([host('h')]),
    )
    expect(scripts(plan.tasks[0]?.phases[0]?.undo, 'h')[0]).toContain('restart /srv/shop/current true')
  })

  test('undo steps may be guarded by a test', () => {
    const flow = source({}).flows.release?.flow
    if (!flow) throw new Error('no flow')
    const { plan } = buildPlan(
      source({
        flows: { release: { plugin: 'probe', flow: { ...flow, undoGuards: { back: (env) => sh`[ -e ${String(env.currentPath)} ]` } } } },
        plugins: [plugin('x', { a: ({ sh }) => sh`start`, back: ({ sh }) => sh`restart` })],
      }),
      request([host('h')]),
    )
    const [phase] = plan.tasks[0]?.phases ?? []
    expect(scripts(phase?.undo, 'h')[0]).toContain('begin 0; (enter # back · x: restart\n[ -e /srv/shop/current ] || exit 0\nrestart\n)')
    expect(scripts(phase?.segments, 'h')[0]).not.toContain('exit 0\nstart')
  })

  test('a hook that names a task runs it once, in the new release', () => {
    const { plan } = buildPlan(
      source({
        tasks: { migrate: { plugin: 'db', spec: { summary: '', run: ({ sh, env }) => sh`cd ${String(env.currentPath)} && migrate` } } },
        hooks: { b: [{ task: 'migrate', args: [] }] },
      }),
      request([host('h1'), host('h2')]),
    )
    expect(scripts(plan.tasks[0]?.phases[0]?.segments, 'h1')[0]).toContain('cd /srv/shop/releases/1 && migrate')
    expect(scripts(plan.tasks[0]?.phases[0]?.segments, 'h2')).toEqual([])
  })

  test('a detached step is in a here-document that its text cannot end', () => {
    const { plan } = buildPlan(
      source({ plugins: [plugin('x', { a: ({ sh, step }) => step(sh.raw('echo 1\nEND\necho 2'), { detached: true }) })] }),
      request([host('h')]),
    )
    expect(scripts(plan.tasks[0]?.phases[0]?.segments, 'h')[0]).toContain("survive 0 <<'END_'\n")
  })

  describe('of shell functions', () => {
    const live = shellFunction('probe_live', sh`echo "$current"`)
    const shown = shellFunction('probe_shown', sh`echo "is $(${live})"`)

    test('has each once, and names those that a script uses', () => {
      const { plan } = buildPlan(
        source({
          plugins: [
            plugin('probe', {
              a: ({ env }) => [sh`${shown}; ${live}`, env.path === '/nowhere' && sh`true`],
              c: () => sh`${live}`,
              back: () => sh`${shown}`,
            }),
          ],
        }),
        request([host('h1'), host('h2')]),
      )
      expect(plan.libraries).toMatchObject([
        {
          targets: [hostTarget('h1'), hostTarget('h2')],
          functions: [
            { name: 'probe_live', text: 'probe_live() { echo "$current"; }', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
            { name: 'probe_shown', text: 'probe_shown() { echo "is $(probe_live)"; }' },
          ],
        },
      ])
      const [ab, c] = plan.tasks[0]?.phases ?? []
      const uses = (segments: readonly Segment[] | undefined) =>
        (segments ?? []).map((each) => (each.kind === 'hosts' ? each.parts.h1?.[0] : each.part)).map((part) => (part as ScriptPart).uses)
      expect([uses(ab?.segments), uses(c?.segments), uses(ab?.undo)]).toEqual([
        [['probe_live', 'probe_shown']],
        [['probe_live']],
        [['probe_live', 'probe_shown']],
      ])
      expect(JSON.stringify(plan.tasks)).not.toContain('probe_live()')
    })

    test('has a library for hosts that differ, and refuses one name with two meanings on one host', () => {
      const on = (where: string) => shellFunction('probe_where', sh`echo ${where}`)
      const apart = buildPlan(
        source({ plugins: [plugin('probe', { a: ({ env }) => on(String(env.path)) })] }),
        request([host('h1'), host('h2', { path: '/opt' }), host('h3')]),
      )
      expect(apart.plan.libraries.map(({ targets }) => targets.map(describeTarget))).toEqual([['h1', 'h3'], ['h2']])
      const plugins = [plugin('one', { a: () => on('here') }), plugin('two', { a: () => on('there') })]
      expect(() => buildPlan(source({ plugins }), request([host('h1')]))).toThrow(
        /steps of one and two use two different shell functions named probe_where/,
      )
    })
  })
})
