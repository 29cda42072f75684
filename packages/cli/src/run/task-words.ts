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

/** What `deploy` runs: the sequence, or the only way to ship that the project has. */
function resolveSequence(environment: string, project: Project): readonly TaskInvocation[] {
  const sequence = project.environments[environment]?.sequence
  const invocations = sequence?.map(({ task, args, when }) => ({ task, args, when })) ?? findShippingTasks(project)
  if (invocations) return invocations
  throw usageError({
    code: 'NOTHING_TO_DEPLOY',
    message: `deploy has nothing to run in ${environment}: it has no sequence, and no plugin ships anything`,
    remedy: `write environments.${environment}.sequence, or add a plugin that releases (git)`,
  })
}

/** The only way to ship that the project has: what `deploy` runs in environments without a sequence. */
export function findShippingTasks({ flows }: Project): readonly TaskInvocation[] | undefined {
  const shipping = Object.values(flows).filter(({ flow }) => flow.ships)
  const [first] = shipping
  return first && shipping.filter(({ plugin }) => plugin === first.plugin).map(({ name }) => ({ task: name, args: [], when: 'next' }))
}

/** Tasks that are no flow and no plugin's: the command line itself answers them. */
const builtinCommandTasks = ['deploy', 'env', 'lock', 'unlock'] as const

/** What can be named on the command line of a project. */
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
    // From the plugins, because a project's own task of the same name replaces the flow, and is called in the same way.
    withoutEnvironment: new Set(
      project.plugins.flatMap(({ flows }) => Object.entries(flows).flatMap(([name, flow]) => (flow.needsNoEnvironment ? [name] : []))),
    ),
    localEnvironment: findLocalEnvironment(project),
    variables: [
      ...project.variables().map(({ name, field, aliases }) => ({ name, kind: field.kind, aliases, help: field.help })),
      // As deployfiles name it: `--release-plugins git,curl`.
      ...Object.keys(project.flows).map((name) => ({ name: `taskPlugins.${name}`, kind: 'list' as const, aliases: [`${name}_plugins`] })),
    ],
  }
}

/** The task that an environment's name alone means: what its hosts' plugin says, where all are that plugin's. */
function defaultTaskOf({ plugins }: Project, { name, hosts }: Project['environments'][string]): readonly (readonly [string, string])[] {
  const [by, ...others] = new Set(hosts.map(({ guestOf }) => guestOf))
  const task = others.length ? undefined : plugins.find((plugin) => plugin.name === by)?.defaultTask
  return task === undefined ? [] : [[name, task]]
}

/** The environment whose hosts are all this machine; of several the one that is named for it. */
function findLocalEnvironment({ environments }: Project): string | undefined {
  const local = Object.values(environments).filter(({ hosts }) => hosts.length > 0 && hosts.every(({ name }) => /^local(\/|$)/.test(name)))
  return (local.length > 1 ? local.find(({ name }) => name === 'local' || name === 'development') : local[0])?.name
}
