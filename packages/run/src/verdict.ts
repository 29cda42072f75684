import { exitStatus, type HostOutcome } from '@dragonfab/core'
import { changedHostsOf, failuresOf, problemsOf, type RunRecord, type UndoOutcome } from './results.ts'

type EndState = HostOutcome['state']

/** From best to worst. If tasks leave a host in different states, the worse one counts. */
const severity: readonly EndState[] = ['untouched', 'done', 'undone', 'notUndone', 'unknown']

const stateAfterUndo: Readonly<Record<UndoOutcome, EndState>> = {
  lockedByOther: 'untouched',
  undone: 'undone',
  notUndone: 'notUndone',
  unknown: 'unknown',
}

/** The outcome of the run for each host. */
export function outcomesOf(record: RunRecord): readonly HostOutcome[] {
  const states = statesOf(record)
  const changed = changedHostsOf(record)
  return record.hosts.map((host) => {
    const state = states.get(host) ?? 'untouched'
    const staysChanged = changed.has(host) && (state === 'untouched' || state === 'undone')
    return { host, state: staysChanged ? 'notUndone' : state }
  })
}

/** The exit status: the worst that is true of any host (docs/errors.md). */
export function exitStatusOf(record: RunRecord): number {
  const states = [...statesOf(record).values()]
  // A step on this machine may have an unknown outcome too. It belongs to no host.
  if (states.includes('unknown') || failuresOf(record).some(({ outcomeUnknown }) => outcomeUnknown)) return exitStatus.unknown
  if (states.includes('notUndone')) return exitStatus.notUndone
  if (record.interruptStatus !== undefined)
    return outcomesOf(record).some(({ state }) => state === 'notUndone') ? exitStatus.notUndone : record.interruptStatus
  const problems = problemsOf(record)
  if (problems.length === 0) return exitStatus.done
  // On one host a command's status is the run's, as with ssh.
  const { commandStatus } = failuresOf(record).find((failure) => failure.commandStatus !== undefined) ?? {}
  if (commandStatus !== undefined && record.hosts.length === 1) return commandStatus
  if (changedHostsOf(record).size > 0) return exitStatus.notUndone
  if (states.includes('undone')) return exitStatus.undone
  return problems.every(({ code }) => code === 'LOCKED') ? exitStatus.locked : exitStatus.failed
}

/** The state of every host and target that is not untouched, as the failed tasks left it. */
function statesOf(record: RunRecord): ReadonlyMap<string, EndState> {
  const tasks = [...record.tasks.values()]
  if (record.completed && tasks.every(({ ok }) => ok)) return new Map(record.hosts.map((host) => [host, 'done']))
  const states = new Map<string, EndState>()
  const worsen = (host: string, state: EndState): void => {
    if (severity.indexOf(state) > severity.indexOf(states.get(host) ?? 'untouched')) states.set(host, state)
  }
  for (const { undo } of tasks) for (const [host, outcome] of undo?.hosts ?? []) worsen(host, stateAfterUndo[outcome])
  for (const { target, outcomeUnknown } of failuresOf(record)) if (outcomeUnknown && target.kind === 'host') worsen(target.name, 'unknown')
  return states
}
