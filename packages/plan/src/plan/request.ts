import type { AnyEnv, Flow, TaskSpec, When } from '@dragonfab/core'
import type { HookSource } from '../project/hooks-on.ts'
import { bindArguments, type TaskCall } from '../project/task-call.ts'
import type { Facts, HostEnv } from '../project/types.ts'

/** A task as the command line or a sequence asks for it. */
export interface TaskInvocation extends TaskCall {
  readonly when: When
}

/** What a plan is made from, apart from facts. A loaded project is one. */
export interface PlanSource extends HookSource {
  readonly directory: string
  readonly flows: Readonly<Record<string, { readonly plugin: string; readonly flow: Flow }>>
  readonly tasks: Readonly<Record<string, { readonly plugin: string; readonly spec: TaskSpec }>>
}

/** A host of the run, with its env as a function of facts. */
export interface PlanHost {
  readonly name: string
  /** The target's name, which roles on one machine and path share. The host's own name by default. */
  readonly target?: string | undefined
  /** Hosts with the same machine may not write different text to the same file. */
  readonly machine?: string | undefined
  readonly role: string | undefined
  env(facts?: Facts, overrides?: EnvOverrides): HostEnv
}

/** Variables as functions of the env without them. */
export type EnvOverrides = Readonly<Record<string, (env: AnyEnv) => unknown>>

export interface PlanRequest {
  readonly run: string
  readonly environment: string
  /** As typed, for people and the history. */
  readonly command: readonly string[]
  readonly tasks: readonly TaskInvocation[]
  readonly hosts: readonly PlanHost[]
  readonly facts: Facts
  /** Why, for the history (`--reason`). */
  readonly reason?: string | undefined
}

/** All signals in the phases of a task. They decide which facts it needs. */
export function signalsOf(source: Pick<PlanSource, 'flows' | 'tasks'>, call: TaskCall): readonly string[] {
  const flow = source.flows[call.task]?.flow
  const spec = source.tasks[call.task]?.spec
  const wrap = flow ? undefined : spec?.wrap?.(argumentsOf(spec, call))
  const phases = flow?.phases ?? [...(wrap?.before ?? []), ...(wrap?.after ?? [])]
  return phases.flatMap((phase) => phase.signals)
}

/** A call's arguments by name. They were checked when the call was read. */
export function argumentsOf(spec: Pick<TaskSpec, 'args'>, call: TaskCall): Readonly<Record<string, string | undefined>> {
  return bindArguments(call, spec.args ?? []).args
}
