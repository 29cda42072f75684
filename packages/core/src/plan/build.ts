import type { AnyEnv, Attached, TaskSpec } from '../config/erased.ts'
import { toldBy } from '../config/tell.ts'
import type { Flow, FlowPhase } from '../flow.ts'
import type { TaskCall } from '../project/types.ts'
import { type Fragment, sh } from '../shell/sh.ts'
import { type CodeStep, type Step, step, stepsOf } from '../step.ts'
import { acts } from './active-plugins.ts'
import { endings } from './endings.ts'
import { historyStep } from './history.ts'
import { Holes } from './holes.ts'
import { hookContext } from './hook-context.ts'
import { called } from './hook-failed.ts'
import { type HookSource, hooksOn } from './hooks-order.ts'
import { PhaseBuilder, titleOf } from './phase-builder.ts'
import { membersOf, placeOf, sharedSteps } from './places.ts'
import type { Facts, Plan, PlanCode, PlannedPhase, PlannedTask, When } from './types.ts'
import { Writers } from './writers.ts'

/** A task as the command line or a sequence asks for it. */
export interface Invocation {
  readonly task: string
  readonly args: readonly string[]
  readonly when: When
}

/** What a plan is made from, besides facts; a loaded project is one. */
export interface PlanSource extends HookSource {
  readonly directory: string
  readonly flows: Readonly<Record<string, { readonly plugin: string; readonly flow: Flow }>>
  readonly tasks: Readonly<Record<string, { readonly plugin: string; readonly spec: TaskSpec }>>
}

/** A host of the run, with its env as a function of facts. */
export interface PlanHost {
  readonly name: string
  /** Of several roles on one machine and path: all have one; its own name by default. */
  readonly place?: string | undefined
  /** Hosts of one machine are compared in what they write there; not without it. */
  readonly machine?: string | undefined
  readonly role: string | undefined
  env(facts?: Facts, overrides?: Overrides): AnyEnv
}

/** Variables as functions of the env without them. */
export type Overrides = Readonly<Record<string, (env: AnyEnv) => unknown>>

export interface PlanRequest {
  readonly run: string
  readonly environment: string
  /** As typed, for people and the history. */
  readonly command: readonly string[]
  readonly tasks: readonly Invocation[]
  readonly hosts: readonly PlanHost[]
  readonly facts: Facts
  /** Why, for the history (`--reason`). */
  readonly reason?: string | undefined
}

/** env and facts → hooks → steps → scripts. Pure: the same request gives the same plan, byte for byte. */
export function buildPlan(source: PlanSource, request: PlanRequest): { readonly plan: Plan; readonly code: PlanCode } {
  const planner = new Planner(source, request)
  const own = request.tasks.map((invocation) => planner.task(invocation))
  const tasks = [...own, ...endings(source, request).map(({ ends, ...invocation }) => ({ ...planner.task(invocation), ends }))]
  planner.writers.settle()
  const { hosts, facts, run, environment, command } = request
  const first = hosts[0]?.env(facts)
  return {
    plan: {
      format: 1,
      run,
      appName: String(first?.appName ?? ''),
      environment,
      command,
      ...(request.reason !== undefined && { reason: request.reason }),
      hosts: [...membersOf(hosts)].map(([place, members]) => {
        const [host] = members as readonly [PlanHost]
        const roles = members.flatMap(({ role }) => role ?? [])
        const env = host.env(facts)
        const other = env.sudoUser !== undefined && env.sudoUser !== env.user
        const sudoUser = other ? String(env.sudoUser) : undefined
        return {
          name: place,
          role: roles.length ? roles.join('+') : undefined,
          path: String(env.path),
          stateDir: String(env.stateDir),
          sudoUser,
          standing: planner.standing(env),
        }
      }),
      facts,
      tasks,
      secrets: planner.holes.listing,
    },
    code: { steps: planner.steps, secrets: planner.holes.secrets },
  }
}

class Planner {
  readonly holes = new Holes()
  readonly writers = new Writers(this.holes)
  readonly steps = new Map<string, CodeStep>()
  readonly #source: PlanSource
  readonly #request: PlanRequest
  /** Whether a plugin acts on a host in the task that is planned. */
  #acts: ReadonlyMap<PlanHost, (plugin: string) => boolean> = new Map()

  constructor(source: PlanSource, request: PlanRequest) {
    this.#source = source
    this.#request = request
  }

  task(invocation: Invocation): PlannedTask {
    const { task } = invocation
    const flow = this.#source.flows[task]
    const bringer = { name: task, plugin: flow?.plugin ?? this.#source.tasks[task]?.plugin }
    this.#acts = new Map(this.#request.hosts.map((host) => [host, acts(host.env(this.#request.facts), this.#source.plugins, bringer)]))
    return flow ? this.#flow(invocation, flow.flow) : this.#plain(invocation)
  }

  /** Read-only text that prints what a host runs now; the last line of its journal goes with it. */
  standing(env: AnyEnv): string {
    const context = this.#context([env], 0, 'standing', false)
    const texts = this.#source.plugins.flatMap((plugin) => (plugin.standing ? [plugin.standing(context)] : []))
    return sh.join([...texts, sh`tail -n 1 "$STATE/journal" 2>/dev/null || :`]).toString()
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
    const failed = this.#builder(flow.keepGoing ?? false)
    for (const name of flow.failed ?? []) this.#signal(name, flow, failed)
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
    const into = this.#builder(flow.keepGoing ?? false)
    for (const name of phase.signals) this.#signal(name, undefined, into)
    atLast?.(into)
    const back = this.#builder(flow.keepGoing ?? false)
    for (const name of phase.undo ?? []) this.#signal(name, flow, back)
    return {
      name: phase.signals.map((name) => name.replace(/^.*\./, '')).join(' '),
      signals: this.#told(phase.signals),
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
    const into = this.#builder(false)
    const given = argumentsOf(spec, args)
    const around = spec.around?.(given)
    const unlocked = spec.attached !== undefined && !around
    const attached = this.#request.tasks.length === 1 ? spec.attached : undefined
    const steps = (envs: readonly AnyEnv[], own: number) => stepsOf(spec.run({ ...this.#context(envs, own, task, false), args: given }))
    this.#each(steps, { signal: task, plugin }, undefined, into, attached)
    if (!reads && !around?.after.length) this.#history(task, into, 'done', unlocked)
    const failed = this.#builder(true)
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

  /** The hooks of a signal; `back` is the flow whose way back it stands on. */
  #signal(signal: string, back: Flow | undefined, into: PhaseBuilder, within: readonly string[] = []): void {
    const undoing = back !== undefined
    const overrides = back?.undoEnv
    const path = [...within, signal]
    const where = path.map((name) => back?.undoWhere?.[name]).find((each) => each !== undefined)
    const only = (env: AnyEnv, steps: readonly Step[]) => (where ? steps.map((each) => stepWhere(where(env), each)) : steps)
    for (const { plugin, hook } of hooksOn(this.#source, signal)) {
      const origin = { signal, plugin }
      const told = toldBy(hook)
      if (![...this.#acts.values()].some((act) => act(plugin))) continue
      if (told !== undefined && !path.includes(told)) this.#signal(told, back, into, path)
      else if (typeof hook === 'function')
        this.#each(
          (envs, own) => only(envs[own] as AnyEnv, stepsOf(hook(this.#context(envs, own, signal, undoing)))),
          origin,
          overrides,
          into,
        )
      else this.#taskAsHook(hook, { origin, undoing, overrides, only }, into)
    }
  }

  /** The signals of a phase with those that hooks on them tell, in order. */
  #told(signals: readonly string[], within: readonly string[] = []): readonly string[] {
    return signals.flatMap((signal) => {
      const path = [...within, signal]
      const told = hooksOn(this.#source, signal).flatMap(({ hook }) => toldBy(hook) ?? [])
      return [
        ...this.#told(
          told.filter((name) => !path.includes(name)),
          path,
        ),
        signal,
      ]
    })
  }

  /** A hook that names a task: its steps once for the fleet, with the new release as `currentPath` (not on the way back). */
  #taskAsHook(
    { task, args }: TaskCall,
    at: {
      readonly origin: { readonly signal: string; readonly plugin: string }
      readonly undoing: boolean
      readonly overrides: Overrides | undefined
      readonly only: (env: AnyEnv, steps: readonly Step[]) => readonly Step[]
    },
    into: PhaseBuilder,
  ): void {
    const spec = this.#source.tasks[task]?.spec
    if (!spec) return
    const inNewRelease: Overrides = {
      ...at.overrides,
      ...(!at.undoing && knows(this.#request.facts, 'release') && { currentPath: (env) => env.releasePath }),
    }
    const steps = (envs: readonly AnyEnv[], own: number) =>
      at.only(
        envs[own] as AnyEnv,
        stepsOf(spec.run({ ...this.#context(envs, own, at.origin.signal, at.undoing), args: argumentsOf(spec, args) })),
      )
    this.#each((envs, own) => steps(envs, own).map((each) => step(each, { once: true })), at.origin, inNewRelease, into)
  }

  /** One hook on all hosts: its first steps on every host, then its second ones, so that steps on this machine stand between the right ones. */
  #each(
    steps: (envs: readonly AnyEnv[], own: number) => readonly Step[],
    origin: { signal: string; plugin: string },
    overrides: Overrides | undefined,
    into: PhaseBuilder,
    attached?: Attached,
  ): void {
    const { hosts, facts } = this.#request
    const places = membersOf(hosts)
    const all = hosts
      .filter((host) => this.#acts.get(host)?.(origin.plugin) ?? true)
      .map((host) => {
        const members = places.get(placeOf(host)) ?? [host]
        const envs = () => members.map((member) => member.env(facts, overrides))
        return { host, steps: called(origin, () => steps(envs(), members.indexOf(host))) }
      })
    for (const { host, steps } of overrides ? [] : all) for (const each of steps) this.writers.note(host, each)
    const byHost = sharedSteps(all, this.holes)
    const most = Math.max(0, ...byHost.map((each) => each.steps.length))
    for (let index = 0; index < most; index++) {
      byHost.forEach(({ host, steps: all }, position) => {
        const one = all[index]
        if (!one || (one.once && one.where === 'host' && position > 0)) return
        if (one.where === 'here') into.onThisMachine(placeOf(host), one, origin)
        else into.onHost(placeOf(host), one, origin, index === all.length - 1 ? attached : undefined)
      })
    }
  }

  #history(task: string, into: PhaseBuilder, result: 'done' | 'failed', unlocked = false): void {
    for (const [place, [first]] of membersOf(this.#request.hosts))
      if (first) into.onHost(place, historyStep(this.#request, first.name, task, result, unlocked), { signal: task, plugin: 'core' })
  }

  #context(envs: readonly AnyEnv[], own: number, signal: string, undoing: boolean) {
    return hookContext(envs[own] as AnyEnv, { signal, undoing, directory: this.#source.directory, envs })
  }

  #builder(keepGoing: boolean): PhaseBuilder {
    const { hosts, facts } = this.#request
    return new PhaseBuilder({
      holes: this.holes,
      keepGoing,
      shellEnv: (host) => (hosts.find((each) => placeOf(each) === host)?.env(facts).shellEnv ?? {}) as Readonly<Record<string, string>>,
      keep: (step) => {
        const key = `code-${this.steps.size + 1}`
        this.steps.set(key, step)
        return key
      },
    })
  }
}

/** A shell step on the host that counts as done where a test fails. Its title stays its own. */
function stepWhere(test: Fragment, each: Step): Step {
  if (each.kind === 'code' || each.where === 'here') return each
  return { ...each, title: titleOf(each), text: sh.join([sh`${test} || exit 0`, each.text]) }
}

const named = ({ task, args }: Invocation) => ({ name: task, ...(args.length > 0 && { args }) })

function knows(facts: Facts, name: string): boolean {
  return name in facts.here || Object.values(facts.hosts).some((each) => name in each)
}

/** All signals that stand in the phases of a task: what tells which facts it needs. */
export function signalsOf(
  source: Pick<PlanSource, 'flows' | 'tasks'>,
  { task, args }: Pick<Invocation, 'task' | 'args'>,
): readonly string[] {
  const flow = source.flows[task]?.flow
  const spec = source.tasks[task]?.spec
  const around = flow ? undefined : spec?.around?.(argumentsOf(spec, args))
  const phases = flow?.phases ?? [...(around?.before ?? []), ...(around?.after ?? [])]
  return phases.flatMap((phase) => phase.signals)
}

/** Positional arguments under their names. */
export function argumentsOf(spec: Pick<TaskSpec, 'args'>, given: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries((spec.args ?? []).map((name, index) => [name.replace(/\?$/, ''), given[index]]))
}
