import { here, type PlannedTask } from '@dragonfab/plan'
import type { Ledger } from './ledger.ts'
import type { Locks } from './locks.ts'
import type { RunOptions } from './run.ts'
import type { Stretches } from './stretches.ts'

interface Tools {
  readonly options: RunOptions
  readonly ledger: Ledger
  readonly locks: Locks
  readonly stretches: Stretches
}

/**
 * The way back of a task whose phase `failedAt` failed: from that phase to the first, each on every host that was sent it; then what
 * is told after a failure, on every host that can be reached.
 */
export async function goBack(
  task: PlannedTask,
  at: { readonly number: number; readonly failedAt: number; readonly sent: readonly ReadonlySet<string>[] },
  tools: Tools & {
    /** Whether all of it is done again, with other facts. */
    readonly again: () => boolean
  },
): Promise<void> {
  const { options, ledger, locks, stretches } = tools
  const { bus, interruption } = options
  if (interruption.now.aborted) return markHosts(task, at.sent, ledger, undefined)
  const failures = [...ledger.failed]
  const notBack = new Set<string>()
  for (let index = at.failedAt; index >= 0; index--) {
    const phase = task.phases[index]
    const sent = at.sent[index]
    if (!phase || !sent?.size || !phase.undo.length) continue
    // A host that was lost and did not come back cannot be put back; one that another holds has done nothing of what it was sent.
    const refusals = await Promise.all([...sent].map(async (host) => ((await locks.refusal(host)) ? [host] : [])))
    const refused = new Set(refusals.flat())
    const only = new Set([...sent].filter((host) => !ledger.unknown.has(host) && !refused.has(host)))
    if (!only.size) continue
    for (const host of [...only, here]) ledger.failed.delete(host)
    const since = Date.now()
    bus.emit('phase:start', { task: task.name, phase: phase.name, undoing: true, hosts: [...only] })
    const place = { task: task.name, phase: phase.name, undoing: true, goesOn: true, id: `${at.number}.${index}u`, last: false }
    const ok = await stretches.run(phase.undo, place, { live: true, sent: new Set(), only })
    // What this machine did for all hosts, a load balancer that it told, is not undone for any of them.
    const local = ledger.failed.has(here)
    bus.emit('phase:end', { task: task.name, phase: phase.name, undoing: true, ok: ok && !local, ms: Date.now() - since })
    if (phase.live) for (const host of only) if (local || ledger.failed.has(host)) notBack.add(host)
  }
  markHosts(task, at.sent, ledger, notBack)
  if (!tools.again()) await tellFailure(task, at, notBack, tools)
  for (const host of failures) ledger.failed.add(host)
}

/**
 * What is told of a task that could not begin because hosts cannot be reached: by steps on this machine alone, since nothing was changed anywhere.
 */
export async function tellNotBegun(task: PlannedTask, number: number, { options, ledger, stretches }: Omit<Tools, 'locks'>): Promise<void> {
  const failure = { status: ledger.status(options.interruption), hosts: ledger.outcomes(), problems: [...ledger.problems] }
  const place = { task: task.name, phase: 'failed', undoing: true, goesOn: true, id: `${number}.f`, last: true }
  await stretches.run(task.failed, place, { live: false, sent: new Set(), only: new Set(), failure })
  ledger.problems.length = failure.problems.length
}

/** What the way back made of the hosts that were sent a live phase. */
function markHosts(
  task: PlannedTask,
  sent: readonly ReadonlySet<string>[],
  ledger: Ledger,
  notBack: ReadonlySet<string> | undefined,
): void {
  const live = new Set(task.phases.flatMap((phase, index) => (phase.live ? [...(sent[index] ?? [])] : [])))
  for (const host of live) ledger.set(host, ledger.unknown.has(host) ? 'unknown' : !notBack || notBack.has(host) ? 'notPutBack' : 'putBack')
}

/** Runs the steps for a failure as well as can be: what goes wrong in them adds nothing to it. `$RESULT` says how the way back went. */
async function tellFailure(
  task: PlannedTask,
  at: { readonly number: number; readonly sent: readonly ReadonlySet<string>[] },
  notBack: ReadonlySet<string>,
  { options, ledger, locks, stretches }: Tools,
): Promise<void> {
  const live = task.phases.some((phase, index) => phase.live && at.sent[index]?.size)
  const only = new Set(options.plan.hosts.map((host) => host.name).filter((host) => !ledger.unknown.has(host) && locks.holds(host)))
  await Promise.all(
    [...only].map(async (host) => {
      const result = !live ? 'failed' : notBack.has(host) ? 'notPutBack' : 'putBack'
      await (await options.connections.get(host)?.session())?.set(`RESULT=${result}`)
    }),
  )
  const before = { problems: ledger.problems.length, failed: [...ledger.failed] }
  const failure = { status: ledger.status(options.interruption), hosts: ledger.outcomes(), problems: [...ledger.problems] }
  const place = { task: task.name, phase: 'failed', undoing: true, goesOn: true, id: `${at.number}.f`, last: true }
  await stretches.run(task.failed, place, { live: false, sent: new Set(), only, failure })
  ledger.problems.length = before.problems
  ledger.failed.clear()
  for (const host of before.failed) ledger.failed.add(host)
}
