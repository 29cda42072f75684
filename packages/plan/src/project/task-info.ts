import type { Stdio } from '@dragonfab/core'
import { builtinTasks } from './builtin-tasks.ts'
import type { Project } from './types.ts'

/** The properties of a task, whether it is built in, a plugin's or the config's. */
export interface TaskInfo {
  readonly name: string
  readonly summary: string
  /** The plugin that has it, `config`, or `core`. */
  readonly plugin: string
  /** Names of its arguments. One that ends in `?` may be left out. */
  readonly args: readonly string[]
  readonly switches: readonly string[]
  readonly readOnly: boolean
  /** Plugins may create or start hosts for it. */
  readonly preparesHosts: boolean
  readonly onMachine: boolean
  readonly stdio: Stdio | undefined
  /** A flow's signals, by phase. */
  readonly signals: readonly (readonly string[])[] | undefined
}

type TaskSource = Pick<Project, 'flows' | 'tasks'>

/** The one place where a task's properties are looked up. Undefined if there is no such task. */
export function describeTask({ flows, tasks }: TaskSource, name: string): TaskInfo | undefined {
  const { plugin = 'core', flow } = flows[name] ?? {}
  const { plugin: provider = plugin, spec } = (!flow && tasks[name]) || {}
  const builtin = Object.hasOwn(builtinTasks, name) ? builtinTasks[name] : undefined
  const declared = flow ?? spec ?? builtin
  if (!declared) return undefined
  const readOnly = declared.readOnly ?? false
  return {
    name,
    summary: declared.summary,
    plugin: provider,
    args: (flow ?? spec)?.args ?? [],
    switches: spec?.switches ?? [],
    readOnly,
    preparesHosts: builtin?.preparesHosts ?? !readOnly,
    onMachine: spec?.onMachine ?? false,
    stdio: spec?.stdio,
    signals: flow?.phases.map(({ signals }) => signals),
  }
}

/** Every task of a project, built-in ones first. */
export function listTasks(source: TaskSource): readonly TaskInfo[] {
  const names = new Set([...Object.keys(builtinTasks), ...Object.keys(source.flows), ...Object.keys(source.tasks)])
  return [...names].flatMap((name) => describeTask(source, name) ?? [])
}
