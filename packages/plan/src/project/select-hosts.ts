import {
  type AnyPlugin,
  didYouMean,
  isDragonfabError,
  type Layer,
  notKnownCode,
  type PlainObject,
  type Registry,
  type Report,
} from '@dragonfab/core'
import { activePlugins } from './active-plugins.ts'
import { builtinTasks } from './builtin-tasks.ts'
import type { LayeredHost, LoadedEnvironment } from './environments.ts'
import { describeAddress } from './host-address.ts'
import { loadLayer } from './layers.ts'
import { internals, type LoadedProject } from './load-project.ts'
import { collectProblems, type ProblemCollector } from './problem-collector.ts'
import { type ResolvedHost, resolveHost } from './run-host.ts'
import { groupByTarget, machineOf, targetName } from './shared-targets.ts'
import { describeTask } from './task-info.ts'
import type { HostEnv, Project, RunHost, Selection } from './types.ts'

/** The hosts of a run, in the config's order, each with its env. Checks everything that is known without facts. */
export function selectHosts(project: Project, selection: Selection): readonly RunHost[] {
  const loaded = project as LoadedProject
  const problems = collectProblems()
  const { report } = problems
  const environment = findEnvironment(loaded, selection.environment, report)
  const selected = environment ? pickHosts(environment, selection, report) : []
  const set = readOverrides(loaded[internals].registry, selection.set ?? {}, report)
  const excluded = findPlugins(loaded, selection.excludedPlugins ?? [], report)
  problems.throwIfAny()
  if (!environment) return []

  const all = new Map(environment.hosts.map((host) => [host, resolveHost(loaded, environment, host, set, selection)]))
  const picked = selected.flatMap((host) => all.get(host) ?? [])
  const hosts = addCompanions(loaded, picked, [...all.values()], selection.tasks)
  for (const host of hosts) checkHost(loaded, host, { excluded, tasks: selection.tasks }, problems)
  problems.throwIfAny()
  const targets = groupByTarget(hosts, problems)
  problems.throwIfAny()
  return hosts.map(
    (each) =>
      // Not a spread, which would read `address` now.
      Object.defineProperties(each.host, {
        target: { value: targetName(targets.get(each) ?? [each]), enumerable: true },
        machine: { value: machineOf(each), enumerable: true },
        companion: { value: !picked.includes(each), enumerable: true },
      }) as RunHost,
  )
}

/** The command line's variables, and on top of them entries of tables (`dotenv.PORT`), which merge with the config's. */
function readOverrides(registry: Registry, set: Readonly<Record<string, string>>, report: Report): readonly Layer[] {
  const wholeValues: Record<string, string> = {}
  const tables: Record<string, Record<string, string>> = {}
  for (const [name, value] of Object.entries(set)) {
    const dot = registry.find(name) ? -1 : name.lastIndexOf('.')
    const table = dot > 0 ? registry.find(name.slice(0, dot)) : undefined
    if (table?.field.kind === 'table') tables[table.name] = { ...tables[table.name], [name.slice(dot + 1)]: value }
    else wholeValues[name] = value
  }
  const read = (values: PlainObject) =>
    loadLayer(registry, values, { path: '', pathOf: (key) => `--set ${key}`, origin: '--set', mode: 'text' }, report)
  return [read(wholeValues), read(tables)]
}

/**
 * Adds the hosts of other roles that share a target with a selected host, because a release changes it for all of them. Only if a task changes
 * what is live: restarting one role, or asking it something, is fine.
 */
function addCompanions(
  { flows }: LoadedProject,
  picked: readonly ResolvedHost[],
  all: readonly ResolvedHost[],
  tasks: readonly string[] = [],
): readonly ResolvedHost[] {
  if (picked.length === all.length || !tasks.some((task) => flows[task]?.flow.phases.some(({ live }) => live))) return picked
  const targets = groupByTarget(all, { report: () => undefined })
  return all.filter((host) => picked.includes(host) || targets.get(host)?.some((other) => picked.includes(other)))
}

/** The project without the hooks, observers and connections of some plugins (`--no-plugins`). Their variables and tasks stay. */
export function removePlugins(project: Project, names: readonly string[]): Project {
  const problems = collectProblems()
  const excluded = findPlugins(project as LoadedProject, names, problems.report)
  problems.throwIfAny()
  const silence = (plugin: AnyPlugin): AnyPlugin => ({ ...plugin, hooks: {}, observe: {}, connect: undefined })
  return { ...project, plugins: project.plugins.map((plugin) => (excluded.includes(plugin.name) ? silence(plugin) : plugin)) }
}

function findPlugins({ plugins }: LoadedProject, names: readonly string[], report: Report): readonly string[] {
  const pluginNames = plugins.map(({ name }) => name)
  for (const name of names)
    if (!pluginNames.includes(name)) report('UNKNOWN_PLUGIN', `plugin ${name} is not in this project`, didYouMean(name, pluginNames))
  return names
}

function findEnvironment({ [internals]: { environments } }: LoadedProject, name: string, report: Report): LoadedEnvironment | undefined {
  const environment = environments.get(name)
  if (!environment)
    report(
      'UNKNOWN_ENVIRONMENT',
      `there is no environment ${name}`,
      didYouMean(name, environments.keys()) ?? 'declare one: environments: { … }',
    )
  return environment
}

function pickHosts(environment: LoadedEnvironment, { roles = [], hosts = [] }: Selection, report: Report): readonly LayeredHost[] {
  const { name, hostless } = environment
  for (const role of roles) {
    if (!environment.roles.includes(role)) {
      report('UNKNOWN_ROLE', `environment ${name} has no role ${role}`, didYouMean(role, environment.roles) ?? 'it has no roles')
    }
  }
  const names = (host: LayeredHost) => [
    host.name,
    describeAddress(host.declared.address),
    ...(host.declared.address.kind === 'ssh' ? [host.declared.address.host] : []),
  ]
  for (const host of hosts) {
    if (!environment.hosts.some((layered) => names(layered).includes(host))) {
      report(
        'UNKNOWN_HOST',
        `environment ${name} has no host ${host}`,
        didYouMean(
          host,
          environment.hosts.map((layered) => layered.name),
        ),
      )
    }
  }
  const ofRoles = environment.hosts.filter(({ role }) => !roles.length || (role !== undefined && roles.includes(role)))
  const picked = ofRoles.filter((host) => !hosts.length || hosts.some((wanted) => names(host).includes(wanted)))
  const empty = hosts.length ? [] : hostless.filter((role) => !roles.length || (role !== undefined && roles.includes(role)))
  for (const role of empty)
    report('NO_HOSTS', `${role === undefined ? '' : `role ${role} of `}environment ${name} has no hosts`, 'give it some: hosts: [...]')
  const unknown = hosts.some((host) => !environment.hosts.some((layered) => names(layered).includes(host)))
  if (!picked.length && !empty.length && !unknown && roles.every((role) => environment.roles.includes(role))) {
    report(
      'NO_HOSTS',
      `environment ${name} has no host${roles.length || hosts.length ? ` with ${[...roles.map((role) => `role ${role}`), ...hosts.map((host) => `host ${host}`)].join(', ')}` : ''}`,
    )
  }
  return picked
}

/** Reads every variable once, so that no mistake appears in the middle of a run. Skips those that need facts. */
function checkHost(
  project: LoadedProject,
  { resolved }: ResolvedHost,
  { excluded, tasks }: { readonly excluded: readonly string[]; readonly tasks: readonly string[] | undefined },
  problems: ProblemCollector,
): void {
  const { registry } = project[internals]
  const idle = problems.collectFrom(() => findIdlePlugins(project, resolved.env, tasks, problems.report)) ?? []
  for (const { name, plugin } of registry.variables) {
    problems.collectFrom(() => {
      try {
        resolved.read(name)
      } catch (thrown) {
        const code = isDragonfabError(thrown) ? thrown.code : undefined
        if (code !== notKnownCode && !(code === 'VARIABLE_REQUIRED' && [...excluded, ...idle].includes(plugin))) throw thrown
      }
    })
  }
}

/** Plugins that act in none of the run's tasks on a host. Reports unknown names in `taskPlugins`. */
function findIdlePlugins(project: LoadedProject, env: HostEnv, tasks: readonly string[] | undefined, report: Report): readonly string[] {
  const pluginNames = project.plugins.map(({ name }) => name)
  const callable = [...Object.keys(project.flows), ...Object.keys(project.tasks), ...Object.keys(builtinTasks), '*']
  for (const [task, names] of Object.entries(env.taskPlugins)) {
    if (!callable.includes(task)) report('UNKNOWN_TASK', `taskPlugins.${task}: there is no such task`, didYouMean(task, callable))
    for (const name of names)
      if (!pluginNames.includes(name))
        report('UNKNOWN_PLUGIN', `taskPlugins.${task}: plugin ${name} is not in this project`, didYouMean(name, pluginNames))
  }
  if (!tasks?.length) return []
  const active = tasks.map((name) => activePlugins(env, project.plugins, { name, plugin: describeTask(project, name)?.plugin }))
  return pluginNames.filter((plugin) => !active.some((isActive) => isActive(plugin)))
}
