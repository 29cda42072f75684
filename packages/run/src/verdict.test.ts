import { hostTarget, type Problem } from '@dragonfab/core'
import type { PlannedTask } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import type { PartFailure, RunRecord, SegmentResult, TaskResult, UndoOutcome } from './results.ts'
import { exitStatusOf, outcomesOf } from './verdict.ts'

const plain = { name: 'migrate', phases: [{ live: false }] } as unknown as PlannedTask
const release = { name: 'release', phases: [{ live: false }, { live: true }] } as unknown as PlannedTask
const problem = (host: string, code = 'STEP_FAILED'): Problem => ({ code, host, message: 'it failed' })

const sentTo = (...failures: PartFailure[]): SegmentResult => ({
  ok: failures.length === 0,
  sentTo: new Set(['web1', 'web2']),
  failures,
  unreachable: new Set(),
})
const fail = (host: string, more: Partial<PartFailure> = {}): PartFailure => ({
  target: hostTarget(host),
  problems: [problem(host)],
  outcomeUnknown: false,
  replan: false,
  commandStatus: undefined,
  ...more,
})
/** What an interrupt cuts short has no problem of its own. */
const cut = fail('web1', { problems: [] })

const ok = (task: PlannedTask): TaskResult => ({ task, ok: true, phases: task.phases.map(() => sentTo()) })
const notLive = (...failures: PartFailure[]): TaskResult => ({
  task: release,
  ok: false,
  phases: [sentTo(...failures)],
  undo: { hosts: new Map(), results: [] },
})
const undo = (outcomes: Readonly<Record<string, UndoOutcome>>, ...failures: PartFailure[]): TaskResult => ({
  task: release,
  ok: false,
  phases: [sentTo(), sentTo(...failures)],
  undo: { hosts: new Map(Object.entries(outcomes)), results: [] },
})

const record = (tasks: readonly TaskResult[], more: Partial<RunRecord> = {}): RunRecord => ({
  hosts: ['web1', 'web2'],
  rejections: [],
  tasks: new Map(tasks.entries()),
  completed: true,
  interruptStatus: undefined,
  ...more,
})

const bothUndone = { web1: 'undone', web2: 'undone' } as const
const rejectionOf = (...rejections: Problem[]): RunRecord => record([], { rejections, completed: false })

/** One row for each line of the exit statuses in docs/errors.md, and more where several roads lead to one. */
const rows: readonly (readonly [status: number, title: string, record: RunRecord, states: string])[] = [
  [0, 'done on every host', record([ok(plain), ok(release)]), 'done done'],
  [1, 'a host failed before anything live was changed', record([notLive(fail('web2'))]), 'untouched untouched'],
  [1, 'a host cannot be reached', rejectionOf(problem('web2', 'HOST_UNREACHABLE')), 'untouched untouched'],
  [1, 'one host is locked, another cannot be reached', rejectionOf(problem('web1', 'LOCKED'), problem('web2')), 'untouched untouched'],
  [3, 'changed, failed, and undone on all hosts', record([undo(bothUndone, fail('web2'))]), 'undone undone'],
  [4, 'not undone on one host', record([undo({ web1: 'undone', web2: 'notUndone' }, fail('web1'))]), 'undone notUndone'],
  [4, 'a task after a finished release failed', record([ok(release), notLive(fail('web1'))]), 'notUndone notUndone'],
  [4, 'a second release is undone, the first one stays', record([ok(release), undo(bothUndone, fail('web1'))]), 'notUndone notUndone'],
  [
    4,
    'a later task that is undone does not hide what an earlier one left',
    record([undo({ web1: 'notUndone', web2: 'undone' }, fail('web1')), undo(bothUndone, fail('web1'))]),
    'notUndone undone',
  ],
  [5, 'the connection was lost after the switch', record([undo({ web1: 'unknown', web2: 'undone' }, fail('web1'))]), 'unknown undone'],
  [5, 'a step cannot know what it did', record([notLive(fail('web2', { outcomeUnknown: true }))]), 'untouched unknown'],
  [5, 'unknown is worse than not undone', record([undo({ web1: 'unknown', web2: 'notUndone' }, fail('web1'))]), 'unknown notUndone'],
  [75, 'locked by another run', rejectionOf(problem('web1', 'LOCKED')), 'untouched untouched'],
  [
    75,
    'locked, and that was found after the first steps were sent',
    record([undo({ web1: 'lockedByOther' }, fail('web1', { problems: [problem('web1', 'LOCKED')] }))]),
    'untouched untouched',
  ],
  ...[129, 130, 143].map((status) => {
    const interrupted = record([undo(bothUndone, cut)], { interruptStatus: status })
    return [status, 'interrupted and undone', interrupted, 'undone undone'] as const
  }),
  [130, 'interrupted before anything was live', record([notLive(cut)], { interruptStatus: 130, completed: false }), 'untouched untouched'],
  [
    4,
    'interrupted twice, so nothing was undone',
    record([undo({ web1: 'notUndone' }, cut)], { interruptStatus: 130 }),
    'notUndone untouched',
  ],
  [4, 'interrupted after a finished release', record([ok(release), notLive(cut)], { interruptStatus: 143 }), 'notUndone notUndone'],
  [
    7,
    "a command on one host has the command's status",
    record([notLive(fail('web1', { commandStatus: 7 }))], { hosts: ['web1'] }),
    'untouched',
  ],
  [1, 'a command on several hosts has not', record([notLive(fail('web1', { commandStatus: 7 }))]), 'untouched untouched'],
]

describe('the exit status', () => {
  test.each(rows)('%i: %s', (status, _title, run, states) => {
    expect(exitStatusOf(run)).toBe(status)
    expect(
      outcomesOf(run)
        .map(({ state }) => state)
        .join(' '),
    ).toBe(states)
  })
})
