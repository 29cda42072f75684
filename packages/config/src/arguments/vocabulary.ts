import { usageError } from '@dragonfab/core'
import {
  findShippingTasks,
  listArguments,
  listTasks,
  type Project,
  type Selection,
  type TaskCall,
  type TaskInvocation,
} from '@dragonfab/plan'
import type { CommandLine, NamedTaskCall, Vocabulary } from './invocation.ts'

/** The tasks of a run, with `deploy` replaced by the environment's sequence. */
export function resolveInvocations(
  calls: readonly NamedTaskCall[],
  environment: string,
  project: Project,
  vocabulary: Vocabulary,
): readonly TaskInvocation[] {
  return calls.flatMap((call) => {
    if (call.name === 'deploy') return resolveSequence(environment, project)
    return [{ ...toTaskCall(call, vocabulary), when: 'next' as const }]
  })
}

/** A call with its arguments in the task's own order. */
export function toTaskCall({ name, args }: NamedTaskCall, vocabulary: Vocabulary): TaskCall {
  return { task: name, args: listArguments(args, vocabulary.tasks.get(name) ?? []) }
}

/** The parts of an invocation that choose its hosts. */
export type HostChoice = Pick<CommandLine, 'roles' | 'hosts' | 'overrides'> & {
  readonly options: Pick<CommandLine['options'], 'noPlugins'>
}

/** The choice of hosts in the form that planning needs. */
export function selectionOf({ roles, hosts, overrides, options }: HostChoice): Omit<Selection, 'environment'> {
  const set = Object.fromEntries(overrides.map(({ name, value }) => [name, value]))
  return { roles, hosts, set, excludedPlugins: options.noPlugins }
}

/** The tasks that `deploy` runs: the sequence or, without one, the shipping tasks of the only plugin that has any. */
function resolveSequence(environment: string, project: Project): readonly TaskInvocation[] {
  const sequence = project.environments[environment]?.sequence
  const invocations = sequence?.map(({ task, args, when }) => ({ task, args, when })) ?? findShippingTasks(project.flows)
  if (invocations) return invocations
  throw usageError({
    code: 'NOTHING_TO_DEPLOY',
    message: `deploy has nothing to run in ${environment}: the environment has no sequence, and no plugin makes releases`,
    remedy: `write environments.${environment}.sequence, or add a plugin that releases (git)`,
  })
}

/** The names that a project's command line may contain. */
export function buildVocabulary(project: Project): Vocabulary {
  const tasks = listTasks(project)
  return {
    environments: Object.keys(project.environments),
    roles: new Map(Object.values(project.environments).map(({ name, roles }) => [name, roles])),
    defaultTasks: new Map(Object.values(project.environments).flatMap((environment) => [...defaultTaskOf(project, environment)])),
    tasks: new Map(tasks.map(({ name, args }) => [name, args])),
    switches: new Map(tasks.map(({ name, switches }) => [name, switches])),
    withoutEnvironment: listTasksWithoutEnvironment(project),
    localEnvironment: findLocalEnvironment(project),
    variables: [
      ...project.variables().map(({ name, field, aliases }) => ({ name, kind: field.kind, aliases, help: field.help })),
      // The names of deployfiles: `--release-plugins git,curl`.
      ...Object.keys(project.flows).map((name) => ({ name: `taskPlugins.${name}`, kind: 'list' as const, aliases: [`${name}_plugins`] })),
    ],
  }
}

/** The task that runs if a line names only the environment: the default task of a plugin, if all hosts are its guests. */
function defaultTaskOf({ plugins }: Project, { name, hosts }: Project['environments'][string]): readonly (readonly [string, string])[] {
  const [by, ...others] = new Set(hosts.map(({ guestOf }) => guestOf))
  const task = others.length ? undefined : plugins.find((plugin) => plugin.name === by)?.defaultTask
  return task === undefined ? [] : [[name, task]]
}

/** Tasks that can be called without an environment. A project's own task that replaces such a flow can too. */
function listTasksWithoutEnvironment({ plugins }: Project): ReadonlySet<string> {
  const flows = plugins.flatMap((plugin) => Object.entries(plugin.flows))
  return new Set(flows.flatMap(([name, { needsNoEnvironment }]) => (needsNoEnvironment ? [name] : [])))
}

/** The environment whose hosts are all this machine. If there are several: `local` or `development`. */
function findLocalEnvironment({ environments }: Project): string | undefined {
  const local = Object.values(environments).filter(({ hosts }) => hosts.length > 0 && hosts.every(({ name }) => /^local(\/|$)/.test(name)))
  return (local.length > 1 ? local.find(({ name }) => name === 'local' || name === 'development') : local[0])?.name
}
