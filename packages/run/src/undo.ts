import type { PlannedTask } from '@dragonfab/plan'
import type { Locks } from './locks.ts'
import type { RunOptions } from './options.ts'
import { liveHostsOf, type SegmentResult, type UndoOutcome, type UndoResult } from './results.ts'
import { failedTargets, type SegmentRunner } from './segments.ts'

export interface UndoContext {
  readonly options: RunOptions
  readonly locks: Locks
  readonly segments: SegmentRunner
  /** Hosts whose connection was lost and did not come back. */
  readonly unreachable: ReadonlySet<string>
}

/**
 * Undoes a failed task: its phases in reverse, each on the hosts that were sent it. A failure while undoing one host does not keep
 * the others from being undone, and never replaces the failure that led here.
 */
export async function undoTask(
  task: PlannedTask,
  taskNumber: number,
  phases: readonly SegmentResult[],
  context: UndoContext,
): Promise<UndoResult> {
  const { abort } = context.options.interruption
  const liveHosts = liveHostsOf(task, phases)
  // After the connections were closed, a missing answer means nothing.
  const lockedByOther = abort.aborted ? new Set<string>() : await findRejected(liveHosts, context.locks)
  const notUndone = new Set<string>()
  const unreachable = new Set(context.unreachable)
  const results: SegmentResult[] = []
  for (const [index, phase] of [...task.phases.entries()].reverse()) {
    const sentTo = phases[index]?.sentTo ?? new Set()
    if (abort.aborted) {
      if (phase.live) for (const host of sentTo) notUndone.add(host)
      continue
    }
    if (sentTo.size === 0 || phase.undo.length === 0) continue
    const rejected = await findRejected(sentTo, context.locks)
    const hosts = new Set([...sentTo].filter((host) => !unreachable.has(host) && !rejected.has(host)))
    if (hosts.size === 0) continue
    const result = await undoPhase(task, { taskNumber, index, hosts }, context)
    results.push(result)
    for (const host of result.unreachable) unreachable.add(host)
    if (!phase.live) continue
    const failed = failedTargets(result)
    // A load balancer that this machine switched was switched for all hosts, so its failure leaves none of them undone.
    const undoFailed = abort.aborted || failed.local
    for (const host of hosts) if (undoFailed || failed.hosts.has(host)) notUndone.add(host)
  }
  const outcomeOf = (host: string): UndoOutcome => {
    if (unreachable.has(host)) return 'unknown'
    if (lockedByOther.has(host)) return 'lockedByOther'
    return notUndone.has(host) ? 'notUndone' : 'undone'
  }
  return { hosts: new Map([...liveHosts].map((host) => [host, outcomeOf(host)])), results }
}

async function undoPhase(
  task: PlannedTask,
  { taskNumber, index, hosts }: { readonly taskNumber: number; readonly index: number; readonly hosts: ReadonlySet<string> },
  { options, segments }: UndoContext,
): Promise<SegmentResult> {
  const phase = task.phases[index]
  if (!phase) throw new Error(`the task ${task.name} has no phase ${index}`)
  const since = Date.now()
  const names = { task: task.name, phase: phase.name, undoing: true }
  options.bus.emit('phase:start', { ...names, hosts: [...hosts] })
  const ref = { ...names, ignoresInterrupt: true, id: `${taskNumber}.${index}u`, last: false }
  const result = await segments.run(phase.undo, ref, { hosts, purpose: 'undo', live: true })
  const ok = result.ok && !failedTargets(result).local
  options.bus.emit('phase:end', { ...names, ok, ms: Date.now() - since })
  return result
}

/** Hosts whose lock another run holds. */
async function findRejected(hosts: Iterable<string>, locks: Locks): Promise<ReadonlySet<string>> {
  const rejected = await Promise.all([...hosts].map(async (host) => ((await locks.rejection(host)) ? [host] : [])))
  return new Set(rejected.flat())
}
