import type { PlannedPhase, PlannedTask } from '@dragonfab/plan'
import { runFailureSteps } from './failure-steps.ts'
import type { Locks } from './locks.ts'
import type { RunOptions } from './options.ts'
import { needsReplanning, type RunRecord, type SegmentResult, type TaskResult } from './results.ts'
import type { SegmentRef, SegmentRunner } from './segments.ts'
import { undoTask } from './undo.ts'

/** Runs the tasks of a plan in order, each on all hosts, and undoes a task that fails. */
export class TaskRunner {
  readonly #options: RunOptions
  readonly #locks: Locks
  readonly #segments: SegmentRunner
  readonly #results = new Map<number, TaskResult>()
  /** Hosts whose connection was lost and did not come back. No task tries them again. */
  readonly #unreachable = new Set<string>()
  #completed = false

  constructor(options: RunOptions, { locks, segments }: { readonly locks: Locks; readonly segments: SegmentRunner }) {
    this.#options = options
    this.#locks = locks
    this.#segments = segments
  }

  /** The results of the tasks so far. */
  get record(): Pick<RunRecord, 'tasks' | 'completed'> {
    return { tasks: this.#results, completed: this.#completed }
  }

  isReachable(host: string): boolean {
    return !this.#unreachable.has(host)
  }

  async run(): Promise<void> {
    const { plan, bus, interruption } = this.#options
    for (const [number, task] of plan.tasks.entries()) {
      const failed = [...this.#results.values()].some(({ ok }) => !ok)
      if (failed ? task.when === 'next' : task.when === 'onFailure') continue
      if (task.endsTask !== undefined && !this.#results.has(task.endsTask)) continue
      if (interruption.abort.aborted) return
      const since = Date.now()
      const names = { task: task.name, ...(task.args && { args: task.args }) }
      bus.emit('task:start', names)
      const result = await this.#runTask(task, number)
      this.#results.set(number, result)
      bus.emit('task:end', { ...names, ok: result.ok, ms: Date.now() - since })
      // The next attempt runs all tasks again, so tasks that run after a failure must not run yet.
      if (!result.ok && this.#shouldReplan()) return
    }
    this.#completed = true
  }

  async #runTask(task: PlannedTask, number: number): Promise<TaskResult> {
    const { plan, interruption } = this.#options
    const hosts = new Set(plan.hosts.map(({ name }) => name).filter((host) => this.isReachable(host)))
    const isLastTask = !plan.tasks.slice(number + 1).some(({ when }) => when !== 'onFailure')
    const ignoresInterrupt = task.when !== 'next'
    const phases: SegmentResult[] = []
    for (const [index, phase] of task.phases.entries()) {
      const ref = {
        task: task.name,
        phase: phase.name,
        undoing: false,
        ignoresInterrupt,
        id: `${number}.${index}`,
        last: isLastTask && index === task.phases.length - 1,
      }
      if (interruption.stop.aborted && !ignoresInterrupt) return this.#undo(task, number, phases)
      const result = this.#noteUnreachable(await this.#runPhase(phase, ref, hosts))
      phases.push(result)
      if (!result.ok) return this.#undo(task, number, phases)
    }
    // A task that did not run on every host is not done.
    return { task, ok: hosts.size === plan.hosts.length, phases }
  }

  async #runPhase(phase: PlannedPhase, ref: SegmentRef, hosts: ReadonlySet<string>): Promise<SegmentResult> {
    const { bus } = this.#options
    const since = Date.now()
    const names = { task: ref.task, phase: ref.phase, undoing: false }
    bus.emit('phase:start', { ...names, hosts: [...hosts] })
    const result = await this.#segments.run(phase.segments, ref, { hosts, purpose: 'task', live: phase.live })
    bus.emit('phase:end', { ...names, ok: result.ok, ms: Date.now() - since })
    if (result.ok) for (const signal of phase.signals) bus.emit('signal', { signal, task: ref.task, undoing: false, hosts: [...hosts] })
    return result
  }

  async #undo(task: PlannedTask, number: number, phases: readonly SegmentResult[]): Promise<TaskResult> {
    const context = { options: this.#options, locks: this.#locks, segments: this.#segments, unreachable: this.#unreachable }
    const undo = await undoTask(task, number, phases, context)
    for (const result of undo.results) this.#noteUnreachable(result)
    const result = { task, ok: false, phases, undo }
    // Recorded before it is final, because failure steps see the results as if the run ended now.
    this.#results.set(number, result)
    if (!this.#options.interruption.abort.aborted && !this.#shouldReplan())
      this.#noteUnreachable(await runFailureSteps(task, number, this.#recordNow(), context))
    return result
  }

  #shouldReplan(): boolean {
    return this.#options.mayReplan === true && needsReplanning(this.#recordNow())
  }

  /** The record of the run so far. There are no rejections, because tasks run only after all hosts were acquired. */
  #recordNow(): RunRecord {
    const { plan, interruption } = this.#options
    const interruptStatus = interruption.stop.aborted ? interruption.status : undefined
    return { hosts: plan.hosts.map(({ name }) => name), rejections: [], ...this.record, interruptStatus }
  }

  #noteUnreachable(result: SegmentResult): SegmentResult {
    for (const host of result.unreachable) this.#unreachable.add(host)
    return result
  }
}
