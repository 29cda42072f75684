import { localTarget, type PlannedTask } from '@dragonfab/plan'
import type { Ledger } from './ledger.ts'
import type { Locks } from './locks.ts'
import type { RunOptions } from './options.ts'
import type { SegmentRunner } from './segments.ts'

interface UndoContext {
  readonly options: RunOptions
  readonly ledger: Ledger
  readonly locks: Locks
  readonly segments: SegmentRunner
}

/**
 * The way back of a task whose phase `failedAt` failed: from that phase to the first, each on every host that was sent it; then what
 * is told after a failure, on every host that can be reached.
 */
export async function undoTask(
  task: PlannedTask,
  at: { readonly number: number; readonly failedAt: number; readonly sent: readonly ReadonlySet<string>[] },
  tools: UndoContext & {
    /** Whether all of it is done again, with other facts. */
    readonly shouldReplan: () => boolean
  },
): Promise<void> {
  const { options, ledger, locks, segments: stretches } = tools
  const { bus, interruption } = options
  if (interruption.abort.aborted) return markHosts(task, at.sent, ledger, undefined)
  const failures = [...ledger.failedHosts]
  const notUndone = new Set<string>()
  for (let index = at.failedAt; index >= 0; index--) {
    const phase = task.phases[index]
    const sent = at.sent[index]
    if (!phase || !sent?.size || !phase.undo.length) continue
    // A host that was lost and did not come back cannot be put back; one that another holds has done nothing of what it was sent.
    const refusals = await Promise.all([...sent].map(async (host) => ((await locks.rejection(host)) ? [host] : [])))
    const refused = new Set(refusals.flat())
    const only = new Set([...sent].filter((host) => !ledger.unknownHosts.has(host) && !refused.has(host)))
    if (!only.size) continue
    for (const host of [...only, localTarget]) ledger.failedHosts.delete(host)
    const since = Date.now()
    bus.emit('phase:start', { task: task.name, phase: phase.name, undoing: true, hosts: [...only] })
    const place = { task: task.name, phase: phase.name, undoing: true, ignoresInterrupt: true, id: `${at.number}.${index}u`, last: false }
    const ok = await stretches.run(phase.undo, place, { live: true, sent: new Set(), only })
    // What this machine did for all hosts, a load balancer that it told, is not undone for any of them.
    const local = ledger.failedHosts.has(localTarget)
    bus.emit('phase:end', { task: task.name, phase: phase.name, undoing: true, ok: ok && !local, ms: Date.now() - since })
    if (phase.live) for (const host of only) if (local || ledger.failedHosts.has(host)) notUndone.add(host)
  }
  markHosts(task, at.sent, ledger, notUndone)
  if (!tools.shouldReplan()) await reportFailure(task, at, notUndone, tools)
  for (const host of failures) ledger.failedHosts.add(host)
}

/**
 * What is told of a task that could not begin because hosts cannot be reached: by steps on this machine alone, since nothing was changed anywhere.
 */
export async function reportNotStarted(
  task: PlannedTask,
  number: number,
  { options, ledger, segments: stretches }: Omit<UndoContext, 'locks'>,
): Promise<void> {
  const failure = { status: ledger.status(options.interruption), hosts: ledger.outcomes(), problems: [...ledger.problems] }
  const place = { task: task.name, phase: 'failed', undoing: true, ignoresInterrupt: true, id: `${number}.f`, last: true }
  await stretches.run(task.failed, place, { live: false, sent: new Set(), only: new Set(), failure })
  ledger.problems.length = failure.problems.length
}

/** What the way back made of the hosts that were sent a live phase. */
function markHosts(
  task: PlannedTask,
  sent: readonly ReadonlySet<string>[],
  ledger: Ledger,
  notUndone: ReadonlySet<string> | undefined,
): void {
  const live = new Set(task.phases.flatMap((phase, index) => (phase.live ? [...(sent[index] ?? [])] : [])))
  for (const host of live)
    ledger.setState(host, ledger.unknownHosts.has(host) ? 'unknown' : !notUndone || notUndone.has(host) ? 'notUndone' : 'undone')
}

/** Runs the steps for a failure as well as can be: what goes wrong in them adds nothing to it. `$DF_RESULT` says how the way back went. */
async function reportFailure(
  task: PlannedTask,
  at: { readonly number: number; readonly sent: readonly ReadonlySet<string>[] },
  notUndone: ReadonlySet<string>,
  { options, ledger, locks, segments: stretches }: UndoContext,
): Promise<void> {
  const live = task.phases.some((phase, index) => phase.live && at.sent[index]?.size)
  const only = new Set(options.plan.hosts.map((host) => host.name).filter((host) => !ledger.unknownHosts.has(host) && locks.hasLock(host)))
  await Promise.all(
    [...only].map(async (host) => {
      const result = !live ? 'failed' : notUndone.has(host) ? 'notUndone' : 'undone'
      await (await options.connections.get(host)?.session())?.evaluate(`DF_RESULT=${result}`)
    }),
  )
  const before = { problems: ledger.problems.length, failed: [...ledger.failedHosts] }
  const failure = { status: ledger.status(options.interruption), hosts: ledger.outcomes(), problems: [...ledger.problems] }
  const place = { task: task.name, phase: 'failed', undoing: true, ignoresInterrupt: true, id: `${at.number}.f`, last: true }
  await stretches.run(task.failed, place, { live: false, sent: new Set(), only, failure })
  ledger.problems.length = before.problems
  ledger.failedHosts.clear()
  for (const host of before.failed) ledger.failedHosts.add(host)
}
