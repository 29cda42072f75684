import { type AnyPlugin, emit, type Hook, sh } from '@dragonfab/core'
import { expect, test } from 'vitest'
import type { HostEnv } from '../project/types.ts'
import { buildPlan } from './build-plan.ts'
import type { PlanHost, PlanSource } from './request.ts'

const plugin = (name: string, hooks: Record<string, Hook | readonly Hook[]>): AnyPlugin =>
  ({ name, order: 'normal', hooks, facts: {}, tasks: {}, observe: {}, needs: [] }) as unknown as AnyPlugin

const env = {
  appName: 'shop',
  path: '/srv',
  stateDir: '/srv/.dragonfab',
  user: 'deploy',
  shellEnv: {},
  taskPlugins: {},
} as unknown as HostEnv
const host: PlanHost = { name: 'web1', role: undefined, env: () => env }

function plan(plugins: readonly AnyPlugin[]) {
  const flow = { summary: '', phases: [{ signals: ['updating', 'updated'] }] }
  const source: PlanSource = { directory: '/project', plugins, hooks: {}, tasks: {}, flows: { release: { plugin: 'a', flow } } }
  const request = {
    run: 'run',
    environment: 'test',
    command: ['release'],
    tasks: [{ task: 'release', args: [], when: 'next' }] as const,
    hosts: [host],
    facts: { local: {}, hosts: {} },
  }
  const [phase] = buildPlan(source, request).plan.tasks[0]?.phases ?? []
  const steps =
    phase?.segments.flatMap((segment) => (segment.kind === 'hosts' ? (segment.parts.web1 ?? []).flatMap((part) => part.steps) : [])) ?? []
  return {
    signals: phase?.signals,
    steps: steps.filter((step) => step.plugin !== 'core').map(({ title, signal, plugin }) => `${signal} ${plugin} ${title}`),
  }
}

test('hooks on an emitted signal run in its place, and observers receive it', () => {
  const own = plugin('git', { updating: [emit('building'), () => sh`build`, emit('built')] })
  const other = plugin('slack', { building: () => sh`say building`, built: () => sh`say built`, updated: () => sh`say updated` })
  expect(plan([own, other])).toEqual({
    signals: ['building', 'built', 'updating', 'updated'],
    steps: ['building slack say building', 'updating git build', 'built slack say built', 'updated slack say updated'],
  })
})

test('signals that tell each other end', () => {
  const round = plugin('round', { updating: [emit('again'), () => sh`one`], again: [emit('updating'), () => sh`two`] })
  expect(plan([round]).steps).toEqual(['again round two', 'updating round one'])
})
