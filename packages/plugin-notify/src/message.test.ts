import { expect, test } from 'vitest'
import { formatHeadline, plainMarks } from './message.ts'

test.each([
  [1, 'nothing live was changed (status 1)'],
  [3, 'undone on all hosts (status 3)'],
  [4, 'and not undone on all hosts (status 4)'],
  [5, 'and the state of some hosts is unknown (status 5)'],
  [130, 'interrupted (status 130)'],
])('a run that failed with status %d', (status, says) => {
  const failure = { status, hosts: [], problems: [] }
  const message = { event: 'failed', app: 'shop', stage: 'live', task: 'release', release: 'r1', by: 'me', hosts: [], failure } as const
  expect(formatHeadline(message, plainMarks)).toBe(`shop › live: release r1 failed, ${says}, by me`)
})
