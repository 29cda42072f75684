import { type AnyEnv, type CodeStep, emittedSignal, type Flow, type Fragment, type Stdio, type Step, sh, step } from '@dragonfab/core'
import { hooksOn } from '../project/hooks-on.ts'
import type { TaskCall } from '../project/task-call.ts'
import type { HostEnv } from '../project/types.ts'
import { callHook, hookContext, toSteps } from './call-hook.ts'
import { FileWriters } from './file-writers.ts'
import { Holes } from './holes.ts'
import { Libraries } from './libraries.ts'
import { PhaseBuilder, titleOf } from './phase-builder.ts'
import { argumentsOf, type EnvOverrides, type PlanHost, type PlanRequest, type PlanSource } from './request.ts'
import { membersOf, mergeSharedSteps, targetOf } from './targets.ts'

/** The plugins that act on each host in the task that is planned. */
export type ActivePluginsByHost = ReadonlyMap<PlanHost, (plugin: string) => boolean>

/** Signals → hooks → steps, on the hosts and in the order in which they run. */
export class HookSteps {
  readonly holes = new Holes()
  readonly writers = new FileWriters(this.holes)
  readonly libraries = new Libraries()
  /** The functions of code steps, by their keys in the plan. */
  readonly codeSteps = new Map<string, CodeStep>()
  readonly #source: PlanSource
  readonly #request: PlanRequest
  #activePlugins: ActivePluginsByHost = new Map()

  constructor(source: PlanSource, request: PlanRequest) {
    this.#source = source
    this.#request = request
  }

  /** The plugins that act in the task that is planned next. */
  setActivePlugins(active: ActivePluginsByHost): void {
    this.#activePlugins = active
  }

  /** The hooks of a signal of a flow, or of what undoes it. */
  signal(
    signal: string,
    part: { readonly flow: Flow; readonly undoing: boolean },
    into: PhaseBuilder,
    emitters: readonly string[] = [],
  ): void {
    const { flow, undoing } = part
    const overrides = undoing ? flow.undoEnv : undefined
    const path = [...emitters, signal]
    const undoGuard = path.map((name) => (undoing ? flow.undoGuards?.[name] : undefined)).find((each) => each !== undefined)
    const guardSteps = (env: AnyEnv, steps: readonly Step[]) => (undoGuard ? steps.map((each) => guardStep(undoGuard(env), each)) : steps)
    for (const { plugin, hook } of hooksOn(this.#source, signal)) {
      const origin = { signal, plugin }
      const emitted = emittedSignal(hook)
      if (![...this.#activePlugins.values()].some((isActive) => isActive(plugin))) continue
      if (emitted !== undefined && !path.includes(emitted)) this.signal(emitted, part, into, path)
      else if (typeof hook === 'function')
        this.addHook(
          (envs, own) => guardSteps(envs[own] as HostEnv, toSteps(hook(this.createContext(envs, own, signal, undoing)))),
          origin,
          overrides,
          into,
        )
      else this.#addTaskHook(hook, { origin, undoing, overrides: overrides ?? (undoing ? {} : (flow.taskEnv ?? {})), guardSteps }, into)
    }
  }

  /** The signals of a phase, and those that hooks on them emit, in order. */
  expandSignals(signals: readonly string[], emitters: readonly string[] = []): readonly string[] {
    return signals.flatMap((signal) => {
      const path = [...emitters, signal]
      const emitted = hooksOn(this.#source, signal).flatMap(({ hook }) => emittedSignal(hook) ?? [])
      return [
        ...this.expandSignals(
          emitted.filter((name) => !path.includes(name)),
          path,
        ),
        signal,
      ]
    })
  }

  /** A hook that names a task: its steps run on the first host only, with env as the flow's `taskEnv` changes it. */
  #addTaskHook(
    call: TaskCall,
    hookRef: {
      readonly origin: { readonly signal: string; readonly plugin: string }
      readonly undoing: boolean
      readonly overrides: EnvOverrides
      readonly guardSteps: (env: AnyEnv, steps: readonly Step[]) => readonly Step[]
    },
    into: PhaseBuilder,
  ): void {
    const spec = this.#source.tasks[call.task]?.spec
    if (!spec) return
    const steps = (envs: readonly HostEnv[], own: number) =>
      hookRef.guardSteps(
        envs[own] as HostEnv,
        toSteps(spec.run({ ...this.createContext(envs, own, hookRef.origin.signal, hookRef.undoing), args: argumentsOf(spec, call) })),
      )
    this.addHook((envs, own) => steps(envs, own).map((each) => step(each, { firstHost: true })), hookRef.origin, hookRef.overrides, into)
  }

  /** One hook on all hosts: the first step of every host, then the second ones, because all hosts wait for a step on this machine. */
  addHook(
    steps: (envs: readonly HostEnv[], own: number) => readonly Step[],
    origin: { signal: string; plugin: string },
    overrides: EnvOverrides | undefined,
    into: PhaseBuilder,
    attached?: Stdio,
  ): void {
    const { hosts, facts } = this.#request
    const targets = membersOf(hosts)
    const all = hosts
      .filter((host) => this.#activePlugins.get(host)?.(origin.plugin) ?? true)
      .map((host) => {
        const members = targets.get(targetOf(host)) ?? [host]
        const envs = () => members.map((member) => member.env(facts, overrides))
        return { host, steps: callHook(origin, () => steps(envs(), members.indexOf(host))) }
      })
    for (const { host, steps } of overrides ? [] : all) for (const each of steps) this.writers.record(host, each)
    const byHost = mergeSharedSteps(all, this.holes)
    const longest = Math.max(0, ...byHost.map((each) => each.steps.length))
    // The first host whose hook returns such a step, because possibly only one role's hook does.
    const first = byHost.findIndex(({ steps: own }) => own.some((each) => each?.firstHost && each.target === 'host'))
    for (let index = 0; index < longest; index++) {
      byHost.forEach(({ host, steps: all }, position) => {
        const nextStep = all[index]
        if (!nextStep || (nextStep.firstHost && nextStep.target === 'host' && position !== first)) return
        if (nextStep.target === 'local') into.addLocalStep(targetOf(host), nextStep, origin)
        else into.addHostStep(targetOf(host), nextStep, origin, index === all.length - 1 ? attached : undefined)
      })
    }
  }

  createContext(envs: readonly HostEnv[], own: number, signal: string, undoing: boolean) {
    return hookContext(envs[own] as HostEnv, { signal, undoing, directory: this.#source.directory, envs })
  }

  createBuilder(keepGoing: boolean): PhaseBuilder {
    const { hosts, facts } = this.#request
    return new PhaseBuilder({
      holes: this.holes,
      libraries: this.libraries,
      keepGoing,
      shellEnv: (target) => {
        const host = target.kind === 'host' ? hosts.find((each) => targetOf(each) === target.name) : undefined
        return host?.env(facts).shellEnv ?? {}
      },
      registerCode: (step) => {
        const key = `code-${this.codeSteps.size + 1}`
        this.codeSteps.set(key, step)
        return key
      },
    })
  }
}

/** A shell step that does nothing on hosts where a test fails. Its title stays the same. */
function guardStep(test: Fragment, step: Step): Step {
  if (step.kind === 'code' || step.target === 'local') return step
  return { ...step, title: titleOf(step), text: sh.join([sh`${test} || exit 0`, step.text]) }
}
