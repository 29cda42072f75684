import { hostTarget, localTarget, type Problem, type RunFailure, type StepTarget } from '@dragonfab/core'
import type { PlannedPart, Segment } from '@dragonfab/plan'
import pLimit from 'p-limit'
import type { Mask } from './mask.ts'
import type { RunOptions } from './options.ts'
import { maskProblem, type PartRef, type PartResult } from './part-result.ts'
import type { PartRunner } from './part-runner.ts'
import type { PartFailure, SegmentResult } from './results.ts'

export type SegmentRef = Omit<PartRef, 'target'>

export interface SegmentOptions {
  /** The hosts to work on. */
  readonly hosts: ReadonlySet<string>
  /**
   * `task`: a failure ends the list, because all hosts continue together or not at all. `undo`: every host is undone as far as possible,
   * despite failures. `report`: like `undo`, and steps on this machine run even if no host is available.
   */
  readonly purpose: 'task' | 'undo' | 'report'
  /** The segments may change what is live. So if a connection is lost, the run connects again to find out what happened. */
  readonly live: boolean
  /** The failure to report. */
  readonly failure?: RunFailure | undefined
}

/** Runs segments one after the other. Between two segments all hosts wait for each other. */
export class SegmentRunner {
  readonly #options: RunOptions
  readonly #parts: PartRunner
  readonly #mask: Mask

  constructor(options: RunOptions, parts: PartRunner, mask: Mask) {
    this.#options = options
    this.#parts = parts
    this.#mask = mask
  }

  async run(segments: readonly Segment[], ref: SegmentRef, options: SegmentOptions): Promise<SegmentResult> {
    const result = new ResultBuilder()
    for (const [index, segment] of segments.entries()) {
      const segmentRef = { ...ref, id: `${ref.id}.${index}`, last: ref.last && index === segments.length - 1 }
      if (segment.kind === 'local') await this.#runLocally(segment, segmentRef, options, result)
      else await this.#runOnHosts(segment.parts, segmentRef, options, result)
      if (options.purpose === 'task' && result.failures.length > 0) return result.build(false)
      if (this.#isInterrupted(ref)) return result.build(false)
    }
    const failed = failedTargets(result)
    return result.build(![...options.hosts].some((host) => failed.hosts.has(host)))
  }

  async #runLocally(
    { part, hosts }: Extract<Segment, { kind: 'local' }>,
    ref: SegmentRef,
    options: SegmentOptions,
    result: ResultBuilder,
  ): Promise<void> {
    const concerned = hosts.filter((host) => options.hosts.has(host))
    if (concerned.length === 0 && options.purpose !== 'report') return
    for (const host of concerned) result.sentTo.add(host)
    this.#record(localTarget, await this.#parts.run(part, { ...ref, target: localTarget }, { ...options, live: false }), result)
  }

  async #runOnHosts(
    parts: Readonly<Record<string, readonly PlannedPart[]>>,
    ref: SegmentRef,
    options: SegmentOptions,
    result: ResultBuilder,
  ): Promise<void> {
    const limit = pLimit(this.#options.parallel ?? Math.max(1, this.#options.connections.size))
    const hosts = Object.entries(parts).filter(([host]) => options.hosts.has(host))
    await Promise.all(hosts.map(([host, all]) => limit(() => this.#runOnHost(host, all, ref, options, result))))
  }

  async #runOnHost(
    host: string,
    parts: readonly PlannedPart[],
    ref: SegmentRef,
    options: SegmentOptions,
    result: ResultBuilder,
  ): Promise<void> {
    for (const [index, part] of parts.entries()) {
      if (this.#isInterrupted(ref)) return
      result.sentTo.add(host)
      const partRef = { ...ref, target: hostTarget(host), id: `${ref.id}.${index}`, last: ref.last && index === parts.length - 1 }
      const end = await this.#parts.run(part, partRef, options)
      this.#record(partRef.target, end, result)
      if (end.problems.length > 0) return
    }
  }

  #isInterrupted(ref: SegmentRef): boolean {
    const { stop, abort } = this.#options.interruption
    return abort.aborted || (stop.aborted && !ref.ignoresInterrupt)
  }

  #record(target: StepTarget, end: PartResult, result: ResultBuilder): void {
    if (end.unreachable && target.kind === 'host') result.unreachable.add(target.name)
    if (end.problems.length === 0) return
    const cutShort = this.#options.interruption.stop.aborted && end.lost
    const problems = cutShort ? [] : end.problems.map((problem) => this.#report(target, problem))
    const { outcomeUnknown = false, replan, commandStatus } = end
    result.failures.push({ target, problems, outcomeUnknown, replan, commandStatus })
  }

  /** Emits a problem. It names no host if it is on this machine. */
  #report(target: StepTarget, problem: Problem): Problem {
    const host = problem.host ?? (target.kind === 'host' ? target.name : undefined)
    const shown = maskProblem({ ...problem, ...(host !== undefined && { host }) }, this.#mask)
    if (host !== undefined) this.#options.bus.emit('host:failed', { host, problem: shown })
    return shown
  }
}

/** The hosts that failed, and whether this machine did. A step for one host may report a problem of another. */
export function failedTargets({ failures }: Pick<SegmentResult, 'failures'>): {
  readonly hosts: ReadonlySet<string>
  readonly local: boolean
} {
  const hosts = failures.flatMap(({ target, problems }) => [
    ...(target.kind === 'host' ? [target.name] : []),
    ...problems.flatMap(({ host }) => host ?? []),
  ])
  return { hosts: new Set(hosts), local: failures.some(({ target }) => target.kind === 'local') }
}

class ResultBuilder {
  readonly sentTo = new Set<string>()
  readonly unreachable = new Set<string>()
  readonly failures: PartFailure[] = []

  build(ok: boolean): SegmentResult {
    return { ok, sentTo: this.sentTo, unreachable: this.unreachable, failures: this.failures }
  }
}
