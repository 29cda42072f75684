import { type Bus, exitStatus, type HostOutcome, type Problem } from '@dragonfab/core'
import type { Plan } from '@dragonfab/plan'
import type { Interruption } from './interruption.ts'
import type { Mask } from './mask.ts'
import { maskProblem } from './part-result.ts'

/** What a run knows of its hosts: what went wrong, where, and what that makes of each. */
export class Ledger {
  readonly problems: Problem[] = []
  /** Hosts that are not worked on any further. */
  readonly failedHosts = new Set<string>()
  /** A step on this machine failed. */
  localFailed = false
  /** Hosts whose end is not known, since the connection was lost and did not come back. */
  readonly unknownHosts = new Set<string>()
  readonly #states: Map<string, HostOutcome['state']>
  readonly #live = new Map<string, string>()
  readonly #bus: Bus
  readonly #mask: Mask
  /** The status of an attached command that failed. */
  commandStatus: number | undefined
  /** A fact was taken meanwhile: plan again. */
  replan = false
  /** Hosts where a task with a live phase has ended well: what fails later does not put it back. */
  readonly #changed = new Set<string>()

  constructor(plan: Plan, bus: Bus, mask: Mask) {
    this.#states = new Map(plan.hosts.map((host) => [host.name, 'untouched']))
    this.#bus = bus
    this.#mask = mask
  }

  get hasFailures(): boolean {
    return this.localFailed || this.failedHosts.size > 0
  }

  /** Writes problems down, masked, and tells them. */
  record(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const shown = maskProblem(problem, this.#mask)
      this.problems.push(shown)
      if (shown.host === undefined) continue
      this.failedHosts.add(shown.host)
      this.#bus.emit('host:failed', { host: shown.host, problem: shown })
    }
  }

  setState(host: string, state: HostOutcome['state']): void {
    this.#states.set(host, state)
  }

  /** A task has ended well that changed what is live on these hosts. */
  markChanged(hosts: Iterable<string>): void {
    for (const host of hosts) this.#changed.add(host)
  }

  get liveTaskDone(): boolean {
    return this.#changed.size > 0
  }

  /** What the host runs now, in its own words. */
  setLive(host: string, live: string): void {
    this.#live.set(host, live)
  }

  outcomes(): readonly HostOutcome[] {
    return [...this.#states].map(([host, own]) => {
      const live = this.#live.get(host)
      const stays = this.#changed.has(host) && (own === 'untouched' || own === 'undone')
      return { host, state: stays ? 'notUndone' : own, ...(live !== undefined && { live }) }
    })
  }

  /** The exit status: the worst that is true of any host (docs/errors.md). */
  status(interruption: Interruption): number {
    const states = [...this.#states.values()]
    if (states.includes('unknown')) return exitStatus.unknown
    if (states.includes('notUndone')) return exitStatus.notUndone
    if (interruption.stop.aborted)
      return this.outcomes().some(({ state }) => state === 'notUndone') ? exitStatus.notUndone : interruption.status
    if (!this.problems.length) return exitStatus.done
    // On one host a command's status is the run's, as ssh has it.
    if (this.commandStatus !== undefined && states.length === 1) return this.commandStatus
    if (this.liveTaskDone) return exitStatus.notUndone
    if (states.includes('undone')) return exitStatus.undone
    return this.problems.every((problem) => problem.code === 'LOCKED') ? exitStatus.locked : exitStatus.failed
  }
}
