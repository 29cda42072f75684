import {
  type AnyEnv,
  type Attached,
  type CodeStep,
  type Flow,
  type Fragment,
  hooksOn,
  type Step,
  sh,
  step,
  stepsOf,
  type TaskCall,
} from '@dragonfab/core'
import { toldBy } from '@dragonfab/core/env'
import { argumentsOf } from './arguments.ts'
import { Holes } from './holes.ts'
import { hookContext } from './hook-context.ts'
import { called } from './hook-failed.ts'
import { PhaseBuilder, titleOf } from './phase-builder.ts'
import { membersOf, placeOf, sharedSteps } from './places.ts'
import type { Overrides, PlanHost, PlanRequest, PlanSource } from './request.ts'
import type { Facts } from './types.ts'
import { Writers } from './writers.ts'

/** The plugins that act on each host in the task that is planned. */
export type Acts = ReadonlyMap<PlanHost, (plugin: string) => boolean>

/** Signals → hooks → steps, on the hosts and in the order in which they run. */
export class HookSteps {
  readonly holes = new Holes()
  readonly writers = new Writers(this.holes)
  /** The code of code steps, by the key that stands for it in the plan. */
  readonly code = new Map<string, CodeStep>()
  readonly #source: PlanSource
  readonly #request: PlanRequest
  #acts: Acts = new Map()

  constructor(source: PlanSource, request: PlanRequest) {
    this.#source = source
    this.#request = request
  }

  /** From here on a task is planned in which these act. */
  among(acts: Acts): void {
    this.#acts = acts
  }

  /** The hooks of a signal; `back` is the flow whose way back it stands on. */
  signal(signal: string, back: Flow | undefined, into: PhaseBuilder, within: readonly string[] = []): void {
    const undoing = back !== undefined
    const overrides = back?.undoEnv
    const path = [...within, signal]
    const where = path.map((name) => back?.undoWhere?.[name]).find((each) => each !== undefined)
    const only = (env: AnyEnv, steps: readonly Step[]) => (where ? steps.map((each) => stepWhere(where(env), each)) : steps)
    for (const { plugin, hook } of hooksOn(this.#source, signal)) {
      const origin = { signal, plugin }
      const told = toldBy(hook)
      if (![...this.#acts.values()].some((act) => act(plugin))) continue
      if (told !== undefined && !path.includes(told)) this.signal(told, back, into, path)
      else if (typeof hook === 'function')
        this.each(
          (envs, own) => only(envs[own] as AnyEnv, stepsOf(hook(this.context(envs, own, signal, undoing)))),
          origin,
          overrides,
          into,
        )
      else this.#taskAsHook(hook, { origin, undoing, overrides, only }, into)
    }
  }

  /** The signals of a phase with those that hooks on them tell, in order. */
  told(signals: readonly string[], within: readonly string[] = []): readonly string[] {
    return signals.flatMap((signal) => {
      const path = [...within, signal]
      const told = hooksOn(this.#source, signal).flatMap(({ hook }) => toldBy(hook) ?? [])
      return [
        ...this.told(
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
        stepsOf(spec.run({ ...this.context(envs, own, at.origin.signal, at.undoing), args: argumentsOf(spec, args) })),
      )
    this.each((envs, own) => steps(envs, own).map((each) => step(each, { once: true })), at.origin, inNewRelease, into)
  }

  /** One hook on all hosts: its first steps on every host, then its second ones, so that steps on this machine stand between the right ones. */
  each(
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
    // Of the hosts whose hook gives such a step, which may be those of one role alone.
    const first = byHost.findIndex(({ steps: own }) => own.some((each) => each?.once && each.where === 'host'))
    for (let index = 0; index < most; index++) {
      byHost.forEach(({ host, steps: all }, position) => {
        const one = all[index]
        if (!one || (one.once && one.where === 'host' && position !== first)) return
        if (one.where === 'here') into.onThisMachine(placeOf(host), one, origin)
        else into.onHost(placeOf(host), one, origin, index === all.length - 1 ? attached : undefined)
      })
    }
  }

  context(envs: readonly AnyEnv[], own: number, signal: string, undoing: boolean) {
    return hookContext(envs[own] as AnyEnv, { signal, undoing, directory: this.#source.directory, envs })
  }

  builder(keepGoing: boolean): PhaseBuilder {
    const { hosts, facts } = this.#request
    return new PhaseBuilder({
      holes: this.holes,
      keepGoing,
      shellEnv: (host) => (hosts.find((each) => placeOf(each) === host)?.env(facts).shellEnv ?? {}) as Readonly<Record<string, string>>,
      keep: (step) => {
        const key = `code-${this.code.size + 1}`
        this.code.set(key, step)
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

function knows(facts: Facts, name: string): boolean {
  return name in facts.here || Object.values(facts.hosts).some((each) => name in each)
}
