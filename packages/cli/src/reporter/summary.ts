import type { HostOutcome, Problem, RunResult, TaskOutcome } from '@dragonfab/core'
import { formatTaskCall } from '@dragonfab/plan'
import { describeProblem } from './problems.ts'
import { escapeControls, formatCount, formatDuration, type Paint } from './text.ts'

/** Every problem of a run. A problem that is the same on several hosts is printed once, with the names of these hosts. */
export function problemLines(problems: readonly Problem[], paint: Paint): readonly string[] {
  const groups = new Map<string, { problem: Problem; hosts: string[] }>()
  for (const problem of problems) {
    const { host, ...rest } = problem
    const key = JSON.stringify(rest)
    const group = groups.get(key) ?? { problem, hosts: [] }
    if (host !== undefined && !group.hosts.includes(host)) group.hosts.push(host)
    groups.set(key, group)
  }
  return [...groups.values()].flatMap(({ problem, hosts }) => {
    const text = describeProblem(hosts.length ? { ...problem, host: hosts.join(', ') } : problem)
    return escapeControls(text)
      .split('\n')
      .map((line, index) =>
        index === 0 ? `${paint('red', '✖')} ${paint('bold', line)}` : line.startsWith('  →') ? paint('cyan', line) : line,
      )
  })
}

const states = {
  done: ['green', '✔', 'done'],
  untouched: ['dim', '·', 'not changed'],
  undone: ['yellow', '↩', 'undone'],
  notUndone: ['red', '✖', 'changed and NOT undone'],
  unknown: ['red', '?', 'outcome unknown'],
} as const

/**
 * Groups hosts by outcome and live release. Names are left out only if there are many and all ended alike. Hosts that are done are not asked
 * for their live release: it is the `release` of the run, if it made one.
 */
export function summaryLines(result: RunResult, paint: Paint, release?: string): readonly string[] {
  const groups = new Map<string, HostOutcome[]>()
  for (const each of result.hosts) {
    const outcome = each.state === 'done' && each.live === undefined && release !== undefined ? { ...each, live: release } : each
    const key = `${outcome.state}\n${outcome.live ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), outcome])
  }
  const lines = [...groups.values()].map((group) => {
    const [colour, sign, words] = states[group[0]?.state ?? 'untouched']
    const names = group.map((each) => each.host)
    const who = groups.size === 1 && names.length > 5 ? formatCount(names.length, 'host') : names.join(', ')
    const live = group[0]?.live ? ` · live: ${escapeControls(group[0].live)}` : ''
    return `${paint(colour, `${sign} ${words}`)}  ${who}${live}`
  })
  return [...taskLines(result, paint), ...lines, paint('dim', `${verdict(result.status)} after ${formatDuration(result.ms)}`)]
}

/** If one of several tasks has failed: which tasks are done and which are not. */
function taskLines({ status, tasks }: RunResult, paint: Paint): readonly string[] {
  if (status === 0 || tasks.length < 2 || tasks.every(({ state }) => state === 'notStarted')) return []
  const line = (colour: Parameters<Paint>[0], words: string, those: (each: TaskOutcome) => boolean): readonly string[] => {
    const names = tasks.filter(those).map(({ task, args }) => escapeControls(formatTaskCall({ task, args })))
    return names.length ? [`${paint(colour, words)}  ${names.join(', ')}`] : []
  }
  return [
    ...line('green', '✔ done', ({ when, state }) => when === 'next' && state === 'done'),
    ...line('red', '✖ failed', ({ state }) => state === 'failed'),
    ...line('dim', '· not started', ({ state }) => state === 'notStarted'),
    ...line('green', '✔ done after the failure', ({ when, state }) => when !== 'next' && state === 'done'),
  ]
}

function verdict(status: number): string {
  if (status === 0) return 'Done'
  if (status === 75) return 'Locked'
  if (status > 128) return 'Interrupted'
  return `Failed (exit status ${status})`
}
