import { type Bus, exit, type HostOutcome, type Problem } from '@dragonfab/core'
import type { Plan } from '@dragonfab/plan'
import type { Interruption } from './interruption.ts'
import type { Mask } from './mask.ts'
import { masked } from './part.ts'

/** What a run knows of its hosts: what went wrong, where, and what that makes of each. */
export class Ledger {
  readonly problems: Problem[] = []
  /** Hosts that are not worked on any further. */
  readonly failed = new Set<string>()
  /** Hosts whose end is not known, since the connection was lost and did not come back. */
  readonly unknown = new Set<string>()
  readonly #states: Map<string, HostOutcome['state']>
  readonly #live = new Map<string, string>()
  readonly #bus: Bus
  readonly #mask: Mask
  /** The status of an attached command that failed. */
  command: number | undefined
  /** A fact was taken meanwhile: plan again. */
  replan = false
  /** Hosts where a task with a live phase has ended well: what fails later does not put it back. */
  readonly #changed = new Set<string>()

  constructor(plan: Plan, bus: Bus, mask: Mask) {
    this.#states = new Map(plan.hosts.map((host) => [host.name, 'untouched']))
    this.#bus = bus
    this.#mask = mask
  }

  /** Writes problems down, masked, and tells them. */
  add(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const shown = masked(problem, this.#mask)
      this.problems.push(shown)
      if (shown.host === undefined) continue
      this.failed.add(shown.host)
      this.#bus.emit('host:failed', { host: shown.host, problem: shown })
    }
  }

  set(host: string, state: HostOutcome['state']): void {
    this.#states.set(host, state)
  }

  /** A task has ended well that changed what is live on these hosts. */
  change(hosts: Iterable<string>): void {
    for (const host of hosts) this.#changed.add(host)
  }

  get liveTaskDone(): boolean {
    return this.#changed.size > 0
  }

  /** What the host runs now, in its own words. */
  runs(host: string, live: string): void {
    this.#live.set(host, live)
  }

  outcomes(): readonly HostOutcome[] {
    return [...this.#states].map(([host, own]) => {
      const live = this.#live.get(host)
      const stays = this.#changed.has(host) && (own === 'untouched' || own === 'putBack')
      return { host, state: stays ? 'notPutBack' : own, ...(live !== undefined && { live }) }
    })
  }

  /** The exit status: the worst that is true of any host (docs/errors.md). */
  status(interruption: Interruption): number {
    const states = [...this.#states.values()]
    if (states.includes('unknown')) return exit.unknown
    if (states.includes('notPutBack')) return exit.notPutBack
    if (interruption.stop.aborted)
      return this.outcomes().some(({ state }) => state === 'notPutBack') ? exit.notPutBack : interruption.status
    if (!this.problems.length) return exit.done
    // On one host a command's status is the run's, as ssh has it.
    if (this.command !== undefined && states.length === 1) return this.command
    if (this.liveTaskDone) return exit.notPutBack
    if (states.includes('putBack')) return exit.putBack
    return this.problems.every((problem) => problem.code === 'LOCKED') ? exit.locked : exit.failed
  }
}
