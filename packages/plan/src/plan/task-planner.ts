import { type AnyEnv, type Flow, type FlowPhase, sh, step, stepsOf } from '@dragonfab/core'
import { acts } from '../project/active-plugins.ts'
import { argumentsOf } from './arguments.ts'
import { historyStep } from './history.ts'
import type { HookSteps } from './hook-steps.ts'
import type { PhaseBuilder } from './phase-builder.ts'
import { membersOf } from './places.ts'
import type { Invocation, PlanRequest, PlanSource } from './request.ts'
import type { PlannedPhase, PlannedTask } from './types.ts'

/** One task after the other: a flow with its phases and their ways back, or a few steps. */
export class TaskPlanner {
  readonly #source: PlanSource
  readonly #request: PlanRequest
  readonly #hooks: HookSteps

  constructor(source: PlanSource, request: PlanRequest, hooks: HookSteps) {
    this.#source = source
    this.#request = request
    this.#hooks = hooks
  }

  task(invocation: Invocation): PlannedTask {
    const { task } = invocation
    const flow = this.#source.flows[task]
    const bringer = { name: task, plugin: flow?.plugin ?? this.#source.tasks[task]?.plugin }
    this.#hooks.among(
      new Map(this.#request.hosts.map((host) => [host, acts(host.env(this.#request.facts), this.#source.plugins, bringer)])),
    )
    return flow ? this.#flow(invocation, flow.flow) : this.#plain(invocation)
  }

  #flow(invocation: Invocation, flow: Flow): PlannedTask {
    const { when, task } = invocation
    const reads = flow.reads ?? false
    const last = flow.phases.length - 1
    let answered = false
    const phases = flow.phases.map((phase, index) =>
      this.#phase(phase, flow, (into) => {
        answered ||= into.any
        if (flow.unanswered && index === last && !answered) this.#unanswered(task, flow.unanswered, into)
        if (index === last && !reads) this.#history(task, into, 'done')
      }),
    )
    const failed = this.#hooks.builder(flow.keepGoing ?? false)
    for (const name of flow.failed ?? []) this.#hooks.signal(name, flow, failed)
    if (!reads) this.#history(task, failed, 'failed')
    return { ...named(invocation), when, reads, phases, failed: failed.done() }
  }

  #unanswered(task: string, message: string, into: PhaseBuilder): void {
    const [place] = membersOf(this.#request.hosts).keys()
    const told = step(sh`exit 64`, { title: 'does anything answer', warns: true, failures: { 64: { code: 'NOTHING_ANSWERS', message } } })
    if (place !== undefined) into.onHost(place, told, { signal: task, plugin: 'core' })
  }

  /** The hooks on the signals of a phase, and those of its way back. */
  #phase(phase: FlowPhase, flow: Flow, atLast?: (into: PhaseBuilder) => void): PlannedPhase {
    const into = this.#hooks.builder(flow.keepGoing ?? false)
    for (const name of phase.signals) this.#hooks.signal(name, undefined, into)
    atLast?.(into)
    const back = this.#hooks.builder(flow.keepGoing ?? false)
    for (const name of phase.undo ?? []) this.#hooks.signal(name, flow, back)
    return {
      name: phase.signals.map((name) => name.replace(/^.*\./, '')).join(' '),
      signals: this.#hooks.told(phase.signals),
      live: phase.live ?? false,
      stretches: into.done(),
      undo: back.done(),
    }
  }

  /** A task of a few steps: one phase without a way back, and those around it. */
  #plain(invocation: Invocation): PlannedTask {
    const { task, args, when } = invocation
    const found = this.#source.tasks[task]
    if (!found) throw new Error(`no task ${task}`)
    const { plugin, spec } = found
    const reads = spec.reads ?? false
    const into = this.#hooks.builder(false)
    const given = argumentsOf(spec, args)
    const around = spec.around?.(given)
    const unlocked = spec.attached !== undefined && !around
    const attached = this.#request.tasks.length === 1 ? spec.attached : undefined
    const steps = (envs: readonly AnyEnv[], own: number) =>
      stepsOf(spec.run({ ...this.#hooks.context(envs, own, task, false), args: given }))
    this.#hooks.each(steps, { signal: task, plugin }, undefined, into, attached)
    if (!reads && !around?.after.length) this.#history(task, into, 'done', unlocked)
    const failed = this.#hooks.builder(true)
    if (!reads) this.#history(task, failed, 'failed', unlocked)
    const own = { name: task, signals: [], live: false, stretches: into.done(), undo: [] }
    const flow: Flow = { summary: spec.summary, phases: [] }
    const before = around?.before.map((phase) => this.#phase(phase, flow)) ?? []
    const after = around?.after.map((phase, index, all) =>
      this.#phase(phase, flow, (last) => {
        if (index === all.length - 1 && !reads) this.#history(task, last, 'done')
      }),
    )
    return { ...named(invocation), when, reads: reads || unlocked, phases: [...before, own, ...(after ?? [])], failed: failed.done() }
  }

  #history(task: string, into: PhaseBuilder, result: 'done' | 'failed', unlocked = false): void {
    for (const [place, [first]] of membersOf(this.#request.hosts))
      if (first) into.onHost(place, historyStep(this.#request, first.name, task, result, unlocked), { signal: task, plugin: 'core' })
  }
}

const named = ({ task, args }: Invocation) => ({ name: task, ...(args.length > 0 && { args }) })
