import { type Flow, type FlowPhase, sh, step } from '@dragonfab/core'
import { activePlugins } from '../project/active-plugins.ts'
import type { HostEnv } from '../project/types.ts'
import { toSteps } from './call-hook.ts'
import { historyStep } from './history.ts'
import type { HookSteps } from './hook-steps.ts'
import type { PhaseBuilder } from './phase-builder.ts'
import { argumentsOf, type PlanRequest, type PlanSource, type TaskInvocation } from './request.ts'
import { membersOf } from './targets.ts'
import type { PlannedPhase, PlannedTask } from './types.ts'

/** Plans one task after the other: a flow with its phases and what undoes them, or a few steps. */
export class TaskPlanner {
  readonly #source: PlanSource
  readonly #request: PlanRequest
  readonly #hooks: HookSteps

  constructor(source: PlanSource, request: PlanRequest, hooks: HookSteps) {
    this.#source = source
    this.#request = request
    this.#hooks = hooks
  }

  planTask(invocation: TaskInvocation): PlannedTask {
    const { task } = invocation
    const flow = this.#source.flows[task]
    const provider = { name: task, plugin: flow?.plugin ?? this.#source.tasks[task]?.plugin }
    this.#hooks.setActivePlugins(
      new Map(this.#request.hosts.map((host) => [host, activePlugins(host.env(this.#request.facts), this.#source.plugins, provider)])),
    )
    return flow ? this.#planFlow(invocation, flow.flow) : this.#planSteps(invocation)
  }

  #planFlow(invocation: TaskInvocation, flow: Flow): PlannedTask {
    const { when, task } = invocation
    const readOnly = flow.readOnly ?? false
    const last = flow.phases.length - 1
    let hasSteps = false
    const phases = flow.phases.map((phase, index) =>
      this.#planPhase(phase, flow, (into) => {
        hasSteps ||= into.hasSteps
        if (flow.emptyWarning && index === last && !hasSteps) this.#addEmptyWarning(task, flow.emptyWarning, into)
        if (index === last && !readOnly) this.#addHistory(task, into, 'done')
      }),
    )
    const failed = this.#hooks.createBuilder(flow.keepGoing ?? false)
    for (const name of flow.failed ?? []) this.#hooks.signal(name, { flow, undoing: true }, failed)
    if (!readOnly) this.#addHistory(task, failed, 'failed')
    return { ...toTaskHeader(invocation), when, readOnly, phases, failed: failed.finishSegments() }
  }

  #addEmptyWarning(task: string, message: string, into: PhaseBuilder): void {
    const [target] = membersOf(this.#request.hosts).keys()
    const warningStep = step(sh`exit 64`, {
      title: 'check that any hook answers',
      allowFailure: true,
      failures: { 64: { code: 'NOTHING_ANSWERS', message } },
    })
    if (target !== undefined) into.addHostStep(target, warningStep, { signal: task, plugin: 'core' })
  }

  /** The hooks on the signals of a phase, and on those that undo it. */
  #planPhase(phase: FlowPhase, flow: Flow, addLast?: (into: PhaseBuilder) => void): PlannedPhase {
    const into = this.#hooks.createBuilder(flow.keepGoing ?? false)
    for (const name of phase.signals) this.#hooks.signal(name, { flow, undoing: false }, into)
    addLast?.(into)
    const undoSteps = this.#hooks.createBuilder(flow.keepGoing ?? false)
    for (const name of phase.undo ?? []) this.#hooks.signal(name, { flow, undoing: true }, undoSteps)
    return {
      name: phase.signals.map((name) => name.replace(/^.*\./, '')).join(' '),
      signals: this.#hooks.expandSignals(phase.signals),
      live: phase.live ?? false,
      segments: into.finishSegments(),
      undo: undoSteps.finishSegments(),
    }
  }

  /** A task of a few steps: one phase that nothing undoes, and the phases before and after it. */
  #planSteps(invocation: TaskInvocation): PlannedTask {
    const { task, when } = invocation
    const registered = this.#source.tasks[task]
    if (!registered) throw new Error(`no task ${task}`)
    const { plugin, spec } = registered
    const readOnly = spec.readOnly ?? false
    const into = this.#hooks.createBuilder(false)
    const namedArgs = argumentsOf(spec, invocation)
    const wrap = spec.wrap?.(namedArgs)
    const unlocked = spec.stdio !== undefined && !wrap
    const attached = this.#request.tasks.length === 1 ? spec.stdio : undefined
    const steps = (envs: readonly HostEnv[], own: number) =>
      toSteps(spec.run({ ...this.#hooks.createContext(envs, own, task, false), args: namedArgs }))
    this.#hooks.addHook(steps, { signal: task, plugin }, undefined, into, attached)
    if (!readOnly && !wrap?.after.length) this.#addHistory(task, into, 'done', unlocked)
    const failed = this.#hooks.createBuilder(true)
    if (!readOnly) this.#addHistory(task, failed, 'failed', unlocked)
    const own = { name: task, signals: [], live: false, segments: into.finishSegments(), undo: [] }
    const flow: Flow = { summary: spec.summary, phases: [], ...(wrap?.taskEnv && { taskEnv: wrap.taskEnv }) }
    const before = wrap?.before.map((phase) => this.#planPhase(phase, flow)) ?? []
    const after = wrap?.after.map((phase, index, all) =>
      this.#planPhase(phase, flow, (last) => {
        if (index === all.length - 1 && !readOnly) this.#addHistory(task, last, 'done')
      }),
    )
    return {
      ...toTaskHeader(invocation),
      when,
      readOnly: readOnly || unlocked,
      phases: [...before, own, ...(after ?? [])],
      failed: failed.finishSegments(),
    }
  }

  #addHistory(task: string, into: PhaseBuilder, result: 'done' | 'failed', unlocked = false): void {
    for (const [target, [first]] of membersOf(this.#request.hosts))
      if (first) into.addHostStep(target, historyStep(this.#request, first.name, task, result, unlocked), { signal: task, plugin: 'core' })
  }
}

const toTaskHeader = ({ task, args }: TaskInvocation) => ({ name: task, ...(args.length > 0 && { args }) })
