import { describeTarget, hostTarget, type RunEvents } from '@dragonfab/core'
import { expect, test } from 'vitest'
import { groupByHost } from './group-by-host.ts'

const place = (host: string, task = 'status') => ({ target: hostTarget(host), task }) as RunEvents['step:output']

test('groups answers by host, and passes on other events as they arrive', () => {
  const told: string[] = []
  const reporter = groupByHost(
    {
      event: (type, event) => void told.push(`${type} ${'target' in event && event.target ? describeTarget(event.target) : ''}`),
      pressure: () => undefined,
      pause: () => () => undefined,
      end: async () => undefined,
    },
    new Set(['status']),
  )
  reporter.event('run:start', { hosts: ['web1', 'web2'] } as unknown as RunEvents['run:start'])
  for (const host of ['web2', 'web1', 'web2']) reporter.event('step:output', place(host))
  reporter.event('step:output', place('web2', 'deploy'))
  reporter.event('phase:end', {} as RunEvents['phase:end'])
  reporter.event('phase:end', {} as RunEvents['phase:end'])
  const output = (...hosts: string[]) => hosts.map((host) => `step:output ${host}`)
  expect(told).toEqual(['run:start ', ...output('web2'), ...output('web1', 'web2', 'web2'), 'phase:end ', 'phase:end '])
})
