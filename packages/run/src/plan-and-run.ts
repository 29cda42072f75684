import type { RunResult } from '@dragonfab/core'
import type { RunHost } from '@dragonfab/plan'
import { makePlan, type PlanOptions } from './make-plan.ts'
import type { RunOptions } from './options.ts'
import { runPlan } from './run.ts'

export interface PlanAndRunOptions
  extends Omit<PlanOptions, 'attempt' | 'saved' | 'signal'>,
    Omit<RunOptions, 'plan' | 'code' | 'mayReplan' | 'fingerprints' | 'directory'> {
  /** Connects to the hosts while the plan is made. */
  readonly preconnect?: boolean | undefined
  /** Called instead of {@link makePlan}, for a caller that changes the plan or its errors. It should call {@link makePlan} itself. */
  readonly makePlan?: typeof makePlan | undefined
}

/** How often a run plans again if another run took a fact (the release id). */
const maxReplans = 5

/** Plans tasks and runs the plan. If another run took a fact before anything was changed, it plans again and runs the new plan. */
export async function planAndRun(options: PlanAndRunOptions): Promise<Pick<RunResult, 'status' | 'problems' | 'hosts'>> {
  const { project, interruption, now = new Date(), makePlan: make = makePlan } = options
  const limits = readRunLimits(options.hosts, options)
  for (let attempt = 0; ; attempt++) {
    const planning = make({ ...options, attempt, now, signal: interruption.stop })
    if (attempt === 0 && options.preconnect) preconnectHosts(options, limits.parallel)
    const { plan, code } = await planning
    if (interruption.stop.aborted) return { status: interruption.status, problems: [], hosts: [] }
    const end = await runPlan({ ...options, ...limits, plan, code, directory: project.directory, mayReplan: attempt < maxReplans })
    if (!end.replan) return end
  }
}

/** The number of hosts that work at the same time, and the time to wait for a lock: as given, else from the first host's env. */
export function readRunLimits(
  [first]: readonly RunHost[],
  given: Pick<RunOptions, 'parallel' | 'lockWaitMs'>,
): Pick<RunOptions, 'parallel' | 'lockWaitMs'> {
  const env = first?.env()
  const { parallel = env?.parallel, lockWaitMs = (env?.lockWait ?? 0) * 1000 } = given
  return { parallel: parallel || undefined, lockWaitMs }
}

/**
 * Connecting takes round trips, and so does asking a repository, so both are done at once. If a plugin prepares hosts before they are
 * connected to, connecting waits for the plan: if planning fails, nothing should have been prepared.
 */
function preconnectHosts({ project, connections }: PlanAndRunOptions, parallel = connections.size): void {
  if (project.plugins.some(({ connect }) => connect)) return
  for (const connection of [...connections.values()].slice(0, parallel)) connection.preconnect()
}
