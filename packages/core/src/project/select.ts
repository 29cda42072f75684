import type { AnyPlugin } from '../config/erased.ts'
import { readLayer } from '../env/layers.ts'
import { notKnown } from '../env/resolve.ts'
import { didYouMean } from '../env/suggest.ts'
import { isDragonfabError } from '../errors.ts'
import { describeAddress } from '../hosts.ts'
import type { LoadedEnvironment, PlacedHost } from './environments.ts'
import { inside, type LoadedProject } from './load.ts'
import { collectProblems, type Problems, type Report } from './report.ts'
import { type ResolvedHost, runHost } from './run-host.ts'
import type { Project, RunHost, Selection } from './types.ts'

/** The hosts of a run, in the config's order, each with its env. Everything that is known without facts is checked here. */
export function selectHosts(project: Project, selection: Selection): readonly RunHost[] {
  const loaded = project as LoadedProject
  const problems = collectProblems()
  const { report } = problems
  const environment = findEnvironment(loaded, selection.environment, report)
  const placed = environment ? pick(environment, selection, report) : []
  const set = readLayer(
    loaded[inside].registry,
    selection.set ?? {},
    { path: '', at: (key) => `--set ${key}`, origin: '--set', mode: 'text' },
    report,
  )
  const left = findPlugins(loaded, selection.withoutPlugins ?? [], report)
  problems.settle()
  if (!environment) return []

  const hosts = placed.map((host) => runHost(loaded, environment, host, set, selection))
  for (const host of hosts) checkHost(loaded, host, left, problems)
  problems.settle()
  return hosts.map(({ host }) => host)
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
  if (!picked.length && !empty.length) {
    report(
      'NO_HOSTS',
      `no host of environment ${name} is left${roles.length || hosts.length ? ` with ${[...roles.map((role) => `role ${role}`), ...hosts.map((host) => `host ${host}`)].join(', ')}` : ''}`,
    )
  }
  return picked
}

/** Reads every variable once, so that a run does not find a mistake half way. What waits for a fact is left for later. */
function checkHost(
  { [inside]: { registry } }: LoadedProject,
  { resolved }: ResolvedHost,
  left: readonly string[],
  problems: Problems,
): void {
  for (const { name, plugin } of registry.variables) {
    problems.attempt(() => {
      try {
        resolved.read(name)
      } catch (thrown) {
        const code = isDragonfabError(thrown) ? thrown.code : undefined
        if (code !== notKnown && !(code === 'VARIABLE_REQUIRED' && left.includes(plugin))) throw thrown
      }
    })
  }
}
