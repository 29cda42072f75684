import { type AnyEnv, type AnyPlugin, describeAddress, didYouMean, isDragonfabError } from '@dragonfab/core'
import { collectProblems, type Layer, notKnown, type Plain, type Problems, type Registry, type Report } from '@dragonfab/core/env'
import { acts } from './active-plugins.ts'
import { loadLayer } from './check.ts'
import type { LoadedEnvironment, PlacedHost } from './environments.ts'
import { inside, type LoadedProject } from './load.ts'
import { builtinTasks } from './names.ts'
import { machineOf, placeName, placesOf } from './place.ts'
import { type ResolvedHost, runHost } from './run-host.ts'
import type { Project, RunHost, Selection } from './types.ts'

/** The hosts of a run, in the config's order, each with its env. Everything that is known without facts is checked here. */
export function selectHosts(project: Project, selection: Selection): readonly RunHost[] {
  const loaded = project as LoadedProject
  const problems = collectProblems()
  const { report } = problems
  const environment = findEnvironment(loaded, selection.environment, report)
  const placed = environment ? pick(environment, selection, report) : []
  const set = readSet(loaded[inside].registry, selection.set ?? {}, report)
  const left = findPlugins(loaded, selection.withoutPlugins ?? [], report)
  problems.settle()
  if (!environment) return []

  const all = new Map(environment.hosts.map((host) => [host, runHost(loaded, environment, host, set, selection)]))
  const picked = placed.flatMap((host) => all.get(host) ?? [])
  const hosts = withCompanions(loaded, picked, [...all.values()], selection.tasks)
  for (const host of hosts) checkHost(loaded, host, { left, tasks: selection.tasks }, problems)
  problems.settle()
  const places = placesOf(hosts, problems)
  problems.settle()
  return hosts.map(
    (each) =>
      // Not spread: `address` is read when it is asked for.
      Object.defineProperties(each.host, {
        place: { value: placeName(places.get(each) ?? [each]), enumerable: true },
        machine: { value: machineOf(each), enumerable: true },
        joined: { value: !picked.includes(each), enumerable: true },
      }) as RunHost,
  )
}

/** What the command line sets: variables, and above them entries of tables (`dotenv.PORT`), which merge with what the config says. */
function readSet(registry: Registry, set: Readonly<Record<string, string>>, report: Report): readonly Layer[] {
  const whole: Record<string, string> = {}
  const tables: Record<string, Record<string, string>> = {}
  for (const [name, value] of Object.entries(set)) {
    const dot = registry.find(name) ? -1 : name.lastIndexOf('.')
    const table = dot > 0 ? registry.find(name.slice(0, dot)) : undefined
    if (table?.field.kind === 'table') tables[table.name] = { ...tables[table.name], [name.slice(dot + 1)]: value }
    else whole[name] = value
  }
  const read = (values: Plain) =>
    loadLayer(registry, values, { path: '', at: (key) => `--set ${key}`, origin: '--set', mode: 'text' }, report)
  return [read(whole), read(tables)]
}

/**
 * The hosts that were picked, and those of other roles that share a place with one: what changes there changes for all of them. Only where a
 * task changes what is live; to restart or to ask one role alone is fine.
 */
function withCompanions(
  { flows }: LoadedProject,
  picked: readonly ResolvedHost[],
  all: readonly ResolvedHost[],
  tasks: readonly string[] = [],
): readonly ResolvedHost[] {
  if (picked.length === all.length || !tasks.some((task) => flows[task]?.flow.phases.some(({ live }) => live))) return picked
  const places = placesOf(all, { report: () => undefined })
  return all.filter((host) => picked.includes(host) || places.get(host)?.some((other) => picked.includes(other)))
}

/** The project with these plugins' hooks, observers and connections left out (`--no-plugins`). Their variables and tasks stay. */
export function withoutPlugins(project: Project, names: readonly string[]): Project {
  const problems = collectProblems()
  const left = findPlugins(project as LoadedProject, names, problems.report)
  problems.settle()
  const silent = (plugin: AnyPlugin): AnyPlugin => ({ ...plugin, hooks: {}, observe: {}, connect: undefined })
  return { ...project, plugins: project.plugins.map((plugin) => (left.includes(plugin.name) ? silent(plugin) : plugin)) }
}

function findPlugins({ plugins }: LoadedProject, names: readonly string[], report: Report): readonly string[] {
  const known = plugins.map(({ name }) => name)
  for (const name of names)
    if (!known.includes(name)) report('UNKNOWN_PLUGIN', `plugin ${name} is not part of this project`, didYouMean(name, known))
  return names
}

function findEnvironment({ [inside]: { environments } }: LoadedProject, name: string, report: Report): LoadedEnvironment | undefined {
  const environment = environments.get(name)
  if (!environment)
    report(
      'UNKNOWN_ENVIRONMENT',
      `there is no environment ${name}`,
      didYouMean(name, environments.keys()) ?? 'declare one: environments: { … }',
    )
  return environment
}

function pick(environment: LoadedEnvironment, { roles = [], hosts = [] }: Selection, report: Report): readonly PlacedHost[] {
  const { name, hostless } = environment
  for (const role of roles) {
    if (!environment.roles.includes(role)) {
      report('UNKNOWN_ROLE', `environment ${name} has no role ${role}`, didYouMean(role, environment.roles) ?? 'it has no roles')
    }
  }
  const names = (host: PlacedHost) => [
    host.name,
    describeAddress(host.declared.address),
    ...(host.declared.address.kind === 'ssh' ? [host.declared.address.host] : []),
  ]
  for (const host of hosts) {
    if (!environment.hosts.some((placed) => names(placed).includes(host))) {
      report(
        'UNKNOWN_HOST',
        `environment ${name} has no host ${host}`,
        didYouMean(
          host,
          environment.hosts.map((placed) => placed.name),
        ),
      )
    }
  }
  const ofRoles = environment.hosts.filter(({ role }) => !roles.length || (role !== undefined && roles.includes(role)))
  const picked = ofRoles.filter((host) => !hosts.length || hosts.some((wanted) => names(host).includes(wanted)))
  const empty = hosts.length ? [] : hostless.filter((role) => !roles.length || (role !== undefined && roles.includes(role)))
  for (const role of empty)
    report('NO_HOSTS', `${role === undefined ? '' : `role ${role} of `}environment ${name} has no hosts`, 'give it some: hosts: [...]')
  const unknown = hosts.some((host) => !environment.hosts.some((placed) => names(placed).includes(host)))
  if (!picked.length && !empty.length && !unknown && roles.every((role) => environment.roles.includes(role))) {
    report(
      'NO_HOSTS',
      `no host of environment ${name} is left${roles.length || hosts.length ? ` with ${[...roles.map((role) => `role ${role}`), ...hosts.map((host) => `host ${host}`)].join(', ')}` : ''}`,
    )
  }
  return picked
}

/** Reads every variable once, so that a run does not find a mistake half way. What waits for a fact is left for later. */
function checkHost(
  project: LoadedProject,
  { resolved }: ResolvedHost,
  { left, tasks }: { readonly left: readonly string[]; readonly tasks: readonly string[] | undefined },
  problems: Problems,
): void {
  const { registry } = project[inside]
  const idle = problems.attempt(() => idlePlugins(project, resolved.env, tasks, problems.report)) ?? []
  for (const { name, plugin } of registry.variables) {
    problems.attempt(() => {
      try {
        resolved.read(name)
      } catch (thrown) {
        const code = isDragonfabError(thrown) ? thrown.code : undefined
        if (code !== notKnown && !(code === 'VARIABLE_REQUIRED' && [...left, ...idle].includes(plugin))) throw thrown
      }
    })
  }
}

/** Plugins that act in none of the run's tasks on a host. Names in `taskPlugins` that mean nothing are reported. */
function idlePlugins(project: LoadedProject, env: AnyEnv, tasks: readonly string[] | undefined, report: Report): readonly string[] {
  const known = project.plugins.map(({ name }) => name)
  const callable = [...Object.keys(project.flows), ...Object.keys(project.tasks), ...builtinTasks, '*']
  for (const [task, names] of Object.entries(env.taskPlugins as Readonly<Record<string, readonly string[]>>)) {
    if (!callable.includes(task)) report('UNKNOWN_TASK', `taskPlugins.${task}: there is no such task`, didYouMean(task, callable))
    for (const name of names)
      if (!known.includes(name))
        report('UNKNOWN_PLUGIN', `taskPlugins.${task}: plugin ${name} is not part of this project`, didYouMean(name, known))
  }
  if (!tasks?.length) return []
  const brings = (name: string) => project.flows[name]?.plugin ?? project.tasks[name]?.plugin
  const active = tasks.map((name) => acts(env, project.plugins, { name, plugin: brings(name) }))
  return known.filter((plugin) => !active.some((act) => act(plugin)))
}
