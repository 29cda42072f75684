import type { AnyPlugin } from '@dragonfab/core'
import { createRegistry, describeValue, isPlainObject, type Layer, type PlainObject, type Registry, type Report } from '@dragonfab/core'
import { loadLayer } from './check-contribution.ts'
import { type LoadedEnvironment, readEnvironments, readTable } from './environments.ts'
import { createGuestReader } from './guest-address.ts'
import { checkPluginHooks, collectSignals, readHooks } from './hooks.ts'
import { orderPlugins } from './plugins.ts'
import { collectProblems } from './problem-collector.ts'
import { getOwn, toRecord } from './records.ts'
import { collectTasks } from './tasks.ts'
import type { Project, ProjectEnvironment } from './types.ts'

export interface ConfigSource {
  /** The config's folder: relative paths and steps on this machine start there. */
  readonly directory: string
  readonly file?: string | undefined
  /** A table (`dotenv`) that a role sets replaces that of the top level, instead of merging: as a deployfile of fapistrano means it. */
  readonly roleTablesReplace?: boolean | undefined
  /** The user on this machine; found out by default. */
  readonly user?: string | undefined
}

/** What `selectHosts` needs of a project, and nobody else. */
export interface ProjectInternals {
  readonly registry: Registry
  /** Fields' defaults, plugins' defaults, options given to plugins; from the lowest to the highest. */
  readonly layers: readonly Layer[]
  readonly environments: ReadonlyMap<string, LoadedEnvironment>
  readonly user: string | undefined
}

export const internals: unique symbol = Symbol.for('dragonfab.project')
export type LoadedProject = Project & { readonly [internals]: ProjectInternals }

const topKeys = ['$schema', 'plugins', 'environments', 'hooks', 'tasks', 'hosts', 'sequence']

/** Checks all of a configuration, and throws one error with every problem found: its path, and what was perhaps meant. */
export function loadProject(config: unknown, source: ConfigSource): Project {
  const { report, throwIfAny: settle } = collectProblems()
  if (!isPlainObject(config)) {
    report(
      'BAD_CONFIG',
      `${source.file ?? 'the config'} should give a table, not ${describeValue(config)}`,
      'export default defineConfig({ … })',
    )
    settle()
  }
  const table: PlainObject = isPlainObject(config) ? config : {}
  const plugins = orderPlugins(getOwn(table, 'plugins'), report)
  const registry = createRegistry(plugins, listVarNames(table), report)
  checkPluginNames(plugins, registry, report)

  const signals = collectSignals(plugins)
  const callable = collectTasks(plugins, getOwn(table, 'tasks'), report)
  checkPluginHooks(plugins, signals, report)
  const hooks = readHooks(getOwn(table, 'hooks'), signals, callable, report)

  const layers = [readFieldDefaults(registry, report), ...readPluginLayers(plugins, registry, report)]
  const findGuestHost = createGuestReader(plugins, registry, { below: layers, user: source.user }, report)
  const reading = { registry, callable, report, findGuestHost: findGuestHost, roleTablesReplace: source.roleTablesReplace ?? false }
  const base = readTable(reading, table, '', topKeys)
  const environments = readEnvironments(reading, getOwn(table, 'environments'), base)
  settle()

  const project: LoadedProject = {
    directory: source.directory,
    file: source.file,
    plugins,
    signals,
    ...callable,
    environments: toRecord([...environments].map(([name, loaded]) => [name, toProjectEnvironment(loaded)] as const)),
    hooks,
    variables: () => registry.variables.filter(({ name }) => !registry.isSelectionField(name)),
    [internals]: { registry, layers, environments, user: source.user },
  }
  return project
}

/** `vars` are declared at the top level, or in `__all__`. */
function listVarNames(table: PlainObject): readonly string[] {
  const environments = getOwn(table, 'environments')
  const all = isPlainObject(environments) ? getOwn(environments, '__all__') : undefined
  return [
    ...new Set(
      [table, all]
        .flatMap((place) => (isPlainObject(place) ? [getOwn(place, 'vars')] : []))
        .flatMap((vars) => (isPlainObject(vars) ? Object.keys(vars) : [])),
    ),
  ]
}

/** Where a plugin names variables outside of its fields. */
function checkPluginNames(plugins: readonly AnyPlugin[], registry: Registry, report: Report): void {
  const check = (plugin: string, what: string, names: readonly string[]) => {
    for (const name of names) {
      if (!registry.find(name)) report('BAD_PLUGIN', `plugin ${plugin}: ${what} ${name} is no variable`, registry.suggest(name))
    }
  }
  for (const { name, facts, flows } of plugins) {
    check(name, 'its fact', Object.keys(facts))
    for (const [flow, { args = [], undoEnv = {}, taskEnv = {} }] of Object.entries(flows)) {
      check(
        name,
        `the argument of ${flow},`,
        args.map((arg) => arg.replace(/\?$/, '')),
      )
      check(name, `undoEnv of ${flow}:`, Object.keys(undoEnv))
      check(name, `taskEnv of ${flow}:`, Object.keys(taskEnv))
    }
  }
}

function readFieldDefaults({ variables, ...registry }: Registry, report: Report): Layer {
  return new Map(
    variables.flatMap(({ name, plugin, field }) => {
      if (field.default === undefined) return []
      const layer = loadLayer(
        { variables, ...registry },
        { [name]: field.default },
        { path: '', origin: 'default' },
        (code, message, remedy) => report(code, `plugin ${plugin}, its default: ${message}`, remedy),
      )
      return [...layer]
    }),
  )
}

function readPluginLayers(plugins: readonly AnyPlugin[], registry: Registry, report: Report): readonly Layer[] {
  const layer = (values: PlainObject, path: string, origin: string, section?: string) =>
    loadLayer(registry, values, { path, origin, ...(section ? { section } : {}) }, report)
  return [
    ...plugins.map((plugin) => layer(plugin.defaults, `defaults of plugin ${plugin.name}`, `plugin ${plugin.name}`)),
    ...plugins.map((plugin) => layer(plugin.given, `plugins.${plugin.name}`, `plugins.${plugin.name}`, plugin.name)),
  ]
}

function toProjectEnvironment({ name, roles, hosts, sequence }: LoadedEnvironment): ProjectEnvironment {
  return {
    name,
    roles,
    hosts: hosts.map(({ name, role, declared: { address } }) => ({
      name,
      role,
      ...(address.kind === 'guest' && { guestOf: address.plugin }),
    })),
    sequence,
  }
}
