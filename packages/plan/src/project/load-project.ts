import type { AnyPlugin } from '@dragonfab/core'
import { describeValue, isPlainObject, type Layer, type PlainObject, type Registry, type Report } from '@dragonfab/core'
import { type LoadedEnvironment, readEnvironments, readTable } from './environments.ts'
import { createGuestReader } from './guest-address.ts'
import { checkPluginHooks, collectSignals, readHooks } from './hooks.ts'
import { loadLayer } from './layers.ts'
import { getOwn, toRecord } from './names.ts'
import { orderPlugins } from './plugins.ts'
import { collectProblems } from './problem-collector.ts'
import { createRegistry, isSelectionField } from './registry.ts'
import { plainNames } from './task-call.ts'
import { collectTasks } from './tasks.ts'
import type { Project, ProjectEnvironment } from './types.ts'

export interface ConfigSource {
  /** The config's folder: the base of relative paths, and where steps on this machine run. */
  readonly directory: string
  readonly file?: string | undefined
  /** A table (`dotenv`) that a role sets replaces the top level's instead of merging with it, as in fapistrano's `deploy.yml`. */
  readonly roleTablesReplace?: boolean | undefined
  /** The user on this machine. By default the one who runs this process. */
  readonly user?: string | undefined
}

/** The part of a project that only `selectHosts` uses. */
export interface ProjectInternals {
  readonly registry: Registry
  /** Defaults of fields, defaults of plugins, options given to plugins: from the lowest to the highest. */
  readonly layers: readonly Layer[]
  readonly environments: ReadonlyMap<string, LoadedEnvironment>
  readonly user: string | undefined
}

export const internals: unique symbol = Symbol.for('dragonfab.project')
export type LoadedProject = Project & { readonly [internals]: ProjectInternals }

const topKeys = ['$schema', 'plugins', 'environments', 'hooks', 'tasks', 'hosts', 'sequence']

/** Checks a whole configuration, and throws one error with every problem: its position, and what is probably meant. */
export function loadProject(config: unknown, source: ConfigSource): Project {
  const { report, throwIfAny } = collectProblems()
  if (!isPlainObject(config)) {
    report(
      'BAD_CONFIG',
      `${source.file ?? 'the config'} should export a table, not ${describeValue(config)}`,
      'export default defineConfig({ … })',
    )
    throwIfAny()
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
  const reading = { registry, callable, report, findGuestHost, roleTablesReplace: source.roleTablesReplace ?? false }
  const base = readTable(reading, table, '', topKeys)
  const environments = readEnvironments(reading, getOwn(table, 'environments'), base)
  throwIfAny()

  const project: LoadedProject = {
    directory: source.directory,
    file: source.file,
    plugins,
    signals,
    ...callable,
    environments: toRecord([...environments].map(([name, loaded]) => [name, toProjectEnvironment(loaded)] as const)),
    hooks,
    variables: () => registry.variables.filter(({ name }) => !isSelectionField(name)),
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
        .flatMap((level) => (isPlainObject(level) ? [getOwn(level, 'vars')] : []))
        .flatMap((vars) => (isPlainObject(vars) ? Object.keys(vars) : [])),
    ),
  ]
}

/** Checks the variables that a plugin names in its facts and flows. */
function checkPluginNames(plugins: readonly AnyPlugin[], registry: Registry, report: Report): void {
  const check = (plugin: string, what: string, names: readonly string[]) => {
    for (const name of names) {
      if (!registry.find(name)) report('BAD_PLUGIN', `plugin ${plugin}: ${what} ${name} is not a variable`, registry.suggest(name))
    }
  }
  for (const { name, facts, flows } of plugins) {
    check(name, 'its fact', Object.keys(facts))
    for (const [flow, { args = [], undoEnv = {}, taskEnv = {} }] of Object.entries(flows)) {
      check(name, `the argument of ${flow},`, plainNames(args))
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
