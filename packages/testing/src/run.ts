import type { EventName, HostOutcome, Problem, RunEvents, StepRef } from '@dragonfab/core'
import type { FaultRecord } from './faults/faults.ts'
import type { TestPlan } from './plan.ts'

/** An event of a run: a line of `--json`. */
export type TestEvent = { readonly [T in EventName]: RunEvents[T] & { readonly type: T } }[EventName]

/** A step that ran. */
export interface FinishedStep {
  /** Undefined for this machine. */
  readonly host: string | undefined
  readonly signal: string
  readonly plugin: string
  readonly title: string
  readonly undoing: boolean
  /** Undefined if none was received. */
  readonly status: number | undefined
  readonly ok: boolean
}

export interface TestRunEnd {
  readonly status: number
  readonly problems: readonly Problem[]
  readonly hosts: readonly HostOutcome[]
  readonly events: readonly TestEvent[]
  readonly plan: TestPlan | undefined
  readonly faults: readonly FaultRecord[]
}

/** How a run ended. */
export class TestRun {
  /** The exit status of the command line: 0, 1, 2, 3, 4, 5, 75 or 130 (docs/errors.md). */
  readonly status: number
  /** All that went wrong; each has a code. */
  readonly problems: readonly Problem[]
  /** All events, in order. Paths are those of this machine. */
  readonly events: readonly TestEvent[]
  /** The plan that was run, without the faults; undefined if no plan could be made. */
  readonly plan: TestPlan | undefined
  /** Every fault, with the hosts on which it happened. */
  readonly faults: readonly FaultRecord[]
  readonly #hosts: readonly HostOutcome[]
  readonly #toHostPaths: (host: string | undefined, text: string) => string

  constructor(end: TestRunEnd, seen: (host: string | undefined, text: string) => string) {
    this.status = end.status
    this.problems = end.problems
    this.events = end.events
    this.plan = end.plan
    this.faults = end.faults
    this.#hosts = end.hosts
    this.#toHostPaths = seen
  }

  /** The codes of all problems, in order. */
  get codes(): readonly string[] {
    return this.problems.map(({ code }) => code)
  }

  /** How each host ended: `done`, `untouched`, `undone`, `notUndone` or `unknown`. */
  get hosts(): Readonly<Record<string, HostOutcome['state']>> {
    return Object.fromEntries(this.#hosts.map(({ host, state }) => [host, state]))
  }

  /** The steps that ended, in that order: of one host, or of all. */
  steps(host?: string): readonly FinishedStep[] {
    return this.events.flatMap((event) => {
      if (event.type !== 'step:end' || (host !== undefined && hostOf(event) !== host)) return []
      const name = hostOf(event)
      const { signal, plugin, title, undoing, status, ok } = event
      return [{ host: name, signal, plugin, title: this.#toHostPaths(name, title), undoing, status, ok }]
    })
  }

  /** Everything that steps printed on both streams, in the order of arrival: of one host, or of all. Paths are the host's. */
  output(host?: string): string {
    const texts = this.events.flatMap((event) =>
      event.type === 'step:output' && (host === undefined || hostOf(event) === host) ? [this.#toHostPaths(hostOf(event), event.text)] : [],
    )
    return texts.join('')
  }
}

const hostOf = ({ target }: Pick<StepRef, 'target'>): string | undefined => (target.kind === 'host' ? target.name : undefined)
