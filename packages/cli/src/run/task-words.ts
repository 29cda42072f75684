import { usageError } from '@dragonfab/core'
import { listArguments, type Project, type TaskInvocation } from '@dragonfab/plan'
import type { NamedTaskCall, Vocabulary } from '../arguments/invocation.ts'

/** The tasks of a run, `deploy` replaced by the sequence of its environment. */
export function resolveInvocations(
  calls: readonly NamedTaskCall[],
  environment: string,
  project: Project,
  vocabulary: Vocabulary,
): readonly TaskInvocation[] {
  return calls.flatMap((call) => {
    if (call.name === 'deploy') return resolveSequence(environment, project)
    return [{ task: call.name, args: listArguments(call.args, vocabulary.tasks.get(call.name) ?? []), when: 'next' as const }]
  })
}

/** The tasks that `deploy` runs: the sequence or, without one, the tasks of the only plugin that ships. */
function resolveSequence(environment: string, project: Project): readonly TaskInvocation[] {
  const sequence = project.environments[environment]?.sequence
  const invocations = sequence?.map(({ task, args, when }) => ({ task, args, when })) ?? findShippingTasks(project)
  if (invocations) return invocations
  throw usageError({
    code: 'NOTHING_TO_DEPLOY',
    message: `deploy has nothing to run in ${environment}: it has no sequence, and the project has no plugin that ships`,
    remedy: `write environments.${environment}.sequence, or add a plugin that releases (git)`,
  })
}

/** The tasks of the only plugin that ships. `deploy` runs them in environments without a sequence. */
export function findShippingTasks({ flows }: Project): readonly TaskInvocation[] | undefined {
  const shipping = Object.values(flows).filter(({ flow }) => flow.ships)
  const [first] = shipping
  return first && shipping.filter(({ plugin }) => plugin === first.plugin).map(({ name }) => ({ task: name, args: [], when: 'next' }))
}

/** Tasks that the command line itself runs. */
const builtinCommandTasks = ['deploy', 'env', 'lock', 'unlock'] as const

/** The names that a project's command line may contain. */
export function buildVocabulary(project: Project): Vocabulary {
  const tasks = new Map<string, readonly string[]>(builtinCommandTasks.map((name) => [name, []]))
  for (const [name, { flow }] of Object.entries(project.flows)) tasks.set(name, flow.args ?? [])
  for (const [name, { spec }] of Object.entries(project.tasks)) tasks.set(name, spec.args ?? [])
  return {
    environments: Object.keys(project.environments),
    roles: new Map(Object.values(project.environments).map(({ name, roles }) => [name, roles])),
    defaultTasks: new Map(Object.values(project.environments).flatMap((environment) => [...defaultTaskOf(project, environment)])),
    tasks,
    switches: new Map(Object.entries(project.tasks).flatMap(([name, { spec }]) => (spec.switches ? [[name, spec.switches] as const] : []))),
    withoutEnvironment: new Set(Object.values(project.flows).flatMap(({ name, flow }) => (flow.needsNoEnvironment ? [name] : []))),
    localEnvironment: findLocalEnvironment(project),
    variables: [
      ...project.variables().map(({ name, field, aliases }) => ({ name, kind: field.kind, aliases, help: field.help })),
      // As deployfiles name it: `--release-plugins git,curl`.
      ...Object.keys(project.flows).map((name) => ({ name: `taskPlugins.${name}`, kind: 'list' as const, aliases: [`${name}_plugins`] })),
    ],
  }
}

/** The task that runs if only an environment is named: its hosts' plugin has it, if all hosts are that plugin's guests. */
function defaultTaskOf({ plugins }: Project, { name, hosts }: Project['environments'][string]): readonly (readonly [string, string])[] {
  const [by, ...others] = new Set(hosts.map(({ guestOf: inside }) => inside))
  const task = others.length ? undefined : plugins.find((plugin) => plugin.name === by)?.defaultTask
  return task === undefined ? [] : [[name, task]]
}

/** The environment whose hosts are all this machine. Of several: `local` or `development`. */
function findLocalEnvironment({ environments }: Project): string | undefined {
  const local = Object.values(environments).filter(({ hosts }) => hosts.length > 0 && hosts.every(({ name }) => /^local(\/|$)/.test(name)))
  return (local.length > 1 ? local.find(({ name }) => name === 'local' || name === 'development') : local[0])?.name
}
