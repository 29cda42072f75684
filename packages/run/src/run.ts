import { type HostOutcome, type Problem, reveal, revealedSecrets, type TaskOutcome } from '@dragonfab/core'
import type { Connection } from './connection.ts'
import { reportNotStarted } from './failure-steps.ts'
import { compareFingerprints, readFingerprint } from './fingerprint.ts'
import { Locks } from './locks.ts'
import { Mask } from './mask.ts'
import type { RunEnd, RunOptions } from './options.ts'
import { maskProblem } from './part-result.ts'
import { PartRunner } from './part-runner.ts'
import { Prefetch } from './prefetch.ts'
import { needsReplanning, problemsOf, type RunRecord } from './results.ts'
import { createRunScope } from './run-scope.ts'
import { SegmentRunner } from './segments.ts'
import { TaskRunner } from './task-runner.ts'
import { exitStatusOf, outcomesOf } from './verdict.ts'

/** Runs a plan phase by phase on all hosts. If a task fails, it is undone on every host that was sent it. */
export async function runPlan(options: RunOptions): Promise<RunEnd> {
  return new PlanRun({ ...options, scope: options.scope ?? createRunScope() }).execute()
}

class PlanRun {
  readonly #options: RunOptions
  readonly #hosts: readonly string[]
  readonly #mask: Mask
  readonly #locks: Locks
  readonly #parts: PartRunner
  readonly #segments: SegmentRunner
  readonly #tasks: TaskRunner
  readonly #prefetch: Prefetch
  #rejections: readonly Problem[] = []

  constructor(options: RunOptions) {
    this.#options = options
    this.#hosts = options.plan.hosts.map(({ name }) => name)
    // Every secret is looked up before anything is changed.
    const { local, hosts } = options.code.secrets
    for (const secrets of [local, ...hosts.values()]) for (const secret of secrets.values()) reveal(secret)
    this.#mask = new Mask([], revealedSecrets())
    this.#prefetch = new Prefetch(options)
    this.#locks = new Locks({ ...options, onConnecting: (host) => this.#prefetch.begin(host) })
    this.#parts = new PartRunner(options, { locks: this.#locks, mask: this.#mask, prefetch: this.#prefetch })
    this.#segments = new SegmentRunner(options, this.#parts, this.#mask)
    this.#tasks = new TaskRunner(options, { locks: this.#locks, segments: this.#segments })
  }

  async execute(): Promise<RunEnd> {
    const { bus, interruption } = this.#options
    const since = Date.now()
    this.#emitStart()
    const stop = (): void => void this.#stop()
    const abort = (): void => void this.#abort()
    interruption.stop.addEventListener('abort', stop)
    interruption.abort.addEventListener('abort', abort)
    let live: ReadonlyMap<string, string> = new Map()
    try {
      await this.#acquireHosts()
      if (this.#rejections.length === 0) await this.#tasks.run()
      else await this.#reportNotStarted()
      if (problemsOf(this.#record).length > 0 && !interruption.abort.aborted) live = await this.#readLiveStates()
    } finally {
      interruption.stop.removeEventListener('abort', stop)
      interruption.abort.removeEventListener('abort', abort)
      await this.#endSessions()
    }
    const replan = this.#shouldReplan()
    const record = this.#record
    const status = exitStatusOf(record)
    const hosts = outcomesOf(record).map((outcome) => withLiveState(outcome, live.get(outcome.host)))
    const tasks = this.#taskOutcomes(status !== 0)
    const result = { status, ms: Date.now() - since, hosts, tasks, problems: sortByHost(problemsOf(record), this.#hosts) }
    if (!replan) bus.emit('run:end', result)
    return { ...result, replan }
  }

  get #record(): RunRecord {
    const { interruption } = this.#options
    const interruptStatus = interruption.stop.aborted ? interruption.status : undefined
    return { hosts: this.#hosts, rejections: this.#rejections, ...this.#tasks.record, interruptStatus }
  }

  #emitStart(): void {
    const { plan, bus } = this.#options
    const { run, environment, command } = plan
    const { release } = plan.facts.local
    bus.emit('run:start', { format: 1, run, environment, command, hosts: this.#hosts, ...(typeof release === 'string' && { release }) })
  }

  #shouldReplan(): boolean {
    return this.#options.mayReplan === true && needsReplanning(this.#record)
  }

  /**
   * Connects and locks. If the first phase can be undone, its steps are sent right after the request for the lock: a host that another run
   * has locked does not execute them.
   */
  async #acquireHosts(): Promise<void> {
    const { plan, connections, fingerprints, lockWaitMs = 0 } = this.#options
    const readOnly = plan.tasks.every((task) => task.readOnly)
    const deferAnswer = lockWaitMs === 0 && !fingerprints && (plan.tasks[0]?.phases[0]?.undo.length ?? 0) > 0
    this.#reject(await this.#locks.acquire(readOnly ? undefined : { deferAnswer, waitMs: lockWaitMs }))
    if (this.#rejections.length === 0 && fingerprints) this.#reject(await compareFingerprints(plan, fingerprints, connections))
  }

  #reject(problems: readonly Problem[]): void {
    this.#rejections = problems.map((problem) => maskProblem(problem, this.#mask))
    for (const problem of this.#rejections)
      if (problem.host !== undefined) this.#options.bus.emit('host:failed', { host: problem.host, problem })
  }

  /** Reports that no task was started, unless another run holds a lock, which is not a failure, or the run was interrupted. */
  async #reportNotStarted(): Promise<void> {
    const { plan, interruption } = this.#options
    const number = plan.tasks.findIndex(({ when }) => when === 'next')
    const task = plan.tasks[number]
    if (!task || interruption.stop.aborted || exitStatusOf(this.#record) !== 1) return
    await reportNotStarted(task, number, this.#record, { segments: this.#segments })
  }

  #taskOutcomes(failed: boolean): readonly TaskOutcome[] {
    const { tasks } = this.#tasks.record
    return this.#options.plan.tasks.flatMap(({ name, args = [], when, endsTask }, number) => {
      const result = tasks.get(number)
      const notNeeded = when === 'onFailure' && !result && (!failed || endsTask !== undefined)
      return notNeeded ? [] : [{ task: name, args, when, state: result ? (result.ok ? 'done' : 'failed') : 'notStarted' }]
    })
  }

  /** Asks every host for its live release after a failure. */
  async #readLiveStates(): Promise<ReadonlyMap<string, string>> {
    const { plan, connections } = this.#options
    const reachable = plan.hosts.filter(({ name }) => this.#locks.hasLock(name) && this.#tasks.isReachable(name))
    const states = await Promise.all(
      reachable.map(async ({ name, fingerprint }) => {
        const connection = connections.get(name)
        const output = connection && (await readFingerprint(connection, fingerprint).catch(() => undefined))
        const line = output?.split('\n')[0]?.trim()
        return line ? [[name, line] as const] : []
      }),
    )
    return new Map(states.flat())
  }

  async #stop(): Promise<void> {
    const { plan, bus, connections } = this.#options
    const undoes = plan.tasks.every((task) => task.readOnly) ? '' : ' and undoing it'
    bus.emit('note', { level: 'warning', message: `interrupted: stopping the run${undoes}; interrupt again to stop at once` })
    await Promise.all([...connections.values()].map((each) => each.stop()))
    await (await this.#parts.localSession())?.stop()
  }

  async #abort(): Promise<void> {
    await Promise.all([...this.#options.connections.values()].map((each) => each.close()))
    ;(await this.#parts.localSession())?.close()
  }

  /** If the run is planned again, the next attempt uses the open sessions. */
  async #endSessions(): Promise<void> {
    const { connections, interruption } = this.#options
    this.#prefetch.end()
    const end = (each: Connection): Promise<void> => (this.#shouldReplan() ? each.pause() : each.end())
    if (!interruption.abort.aborted) await Promise.all([...connections.values()].map(end))
    await (await this.#parts.localSession())?.end()
  }
}

function withLiveState(outcome: HostOutcome, live: string | undefined): HostOutcome {
  return live === undefined ? outcome : { ...outcome, live }
}

/** Sorts problems in the order of the hosts in the configuration. Problems without a host come last. */
function sortByHost(problems: readonly Problem[], hosts: readonly string[]): readonly Problem[] {
  const positionOf = ({ host }: Problem): number => (host !== undefined && hosts.includes(host) ? hosts.indexOf(host) : hosts.length)
  return [...problems].sort((one, other) => positionOf(one) - positionOf(other))
}
