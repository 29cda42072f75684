import { randomBytes } from 'node:crypto'
import { type RunScope, usageError } from '@dragonfab/core'
import {
  activePlugins,
  bindArguments,
  buildPlan,
  describeTask,
  type Facts,
  type Plan,
  type PlanCode,
  type Project,
  type RunHost,
  signalsOf,
  type TaskInvocation,
} from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { askFacts } from './facts.ts'
import { createRunScope } from './run-scope.ts'

export interface PlanOptions {
  readonly project: Project
  readonly environment: string
  readonly hosts: readonly RunHost[]
  readonly tasks: readonly TaskInvocation[]
  /** As typed. */
  readonly command: readonly string[]
  readonly reason?: string | undefined
  /** A host is connected to only if a fact asks it. */
  readonly connections: ReadonlyMap<string, Connection>
  readonly signal: AbortSignal
  /** Shared with the run that follows. */
  readonly scope?: RunScope | undefined
  /** The number of earlier plans that failed because another run took a fact. At first 0. */
  readonly attempt?: number | undefined
  /** The start of the run, the same for all attempts: names made from it still sort by time when a suffix is added. By default it is now. */
  readonly now?: Date | undefined
  /** Facts of a saved plan, instead of asking. */
  readonly saved?: { readonly run: string; readonly facts: Facts } | undefined
}

/** Finds out the facts and makes the plan. */
export async function makePlan(options: PlanOptions): Promise<{ readonly plan: Plan; readonly code: PlanCode }> {
  const { project, environment, hosts, tasks, command, reason, saved } = options
  const facts =
    saved?.facts ??
    (await askFacts({
      project,
      hosts,
      signals: new Set(tasks.flatMap((invocation) => signalsOf(project, invocation))),
      isActive: testActivePlugins(project, tasks, hosts),
      connections: options.connections,
      attempt: options.attempt ?? 0,
      now: options.now ?? new Date(),
      signal: options.signal,
      run: options.scope ?? createRunScope(),
      given: readFlowArguments(project, tasks),
    }))
  return buildPlan(project, { run: saved?.run ?? createRunId(), environment, command, reason, tasks, hosts, facts })
}

/** Whether a plugin takes part in one of the run's tasks (`taskPlugins`). */
function testActivePlugins(project: Project, tasks: readonly TaskInvocation[], hosts: readonly RunHost[]) {
  const testsByHost = new Map(
    hosts.map((host) => [
      host.name,
      tasks.map(({ task }) => activePlugins(host.env(), project.plugins, { name: task, plugin: describeTask(project, task)?.plugin })),
    ]),
  )
  return ({ name }: { readonly name: string }, plugin: string): boolean => testsByHost.get(name)?.some((each) => each(plugin)) ?? true
}

/** The facts that arguments of flows set: `rollback:260101-000000`. */
function readFlowArguments(project: Project, tasks: readonly TaskInvocation[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tasks.flatMap((call) => {
      const { args, problems } = bindArguments(call, describeTask(project, call.task)?.args ?? [])
      if (problems.length) throw usageError(problems)
      return project.flows[call.task] ? Object.entries(args).filter(([, value]) => value !== '') : []
    }),
  )
}

/** An id that sorts by time, and is unique even if two runs start in the same second. */
function createRunId(): string {
  const stamp = new Date().toISOString().slice(2, 19).replace(/-/g, '').replace('T', '-').replace(/:/g, '')
  return `${stamp}-${randomBytes(3).toString('hex')}`
}
