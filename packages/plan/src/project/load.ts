import type { AnyPlugin } from '@dragonfab/core'
import {
  byName,
  collectProblems,
  createRegistry,
  isPlain,
  type Layer,
  own,
  type Plain,
  type Registry,
  type Report,
  show,
} from '@dragonfab/core/env'
import { loadLayer } from './check.ts'
import { type LoadedEnvironment, readEnvironments, readTable } from './environments.ts'
import { checkPluginHooks, collectSignals, readHooks } from './hooks.ts'
import { insideReader } from './inside.ts'
import { orderPlugins } from './plugins.ts'
import { collectTasks } from './tasks.ts'
import type { Project, ProjectEnvironment } from './types.ts'

export interface ConfigPlace {
  /** The config's folder: relative paths and steps on this machine start there. */
  readonly directory: string
  readonly file?: string | undefined
  /** A table (`dotenv`) that a role sets replaces that of the top level, instead of merging: as a deployfile of fapistrano means it. */
  readonly roleTablesReplace?: boolean | undefined
  /** The user on this machine; found out by default. */
  readonly user?: string | undefined
}

/** What `selectHosts` needs of a project, and nobody else. */
export interface Inside {
  readonly registry: Registry
  /** Fields' defaults, plugins' defaults, options given to plugins; from the lowest to the highest. */
  readonly layers: readonly Layer[]
  readonly environments: ReadonlyMap<string, LoadedEnvironment>
  readonly user: string | undefined
}

export const inside: unique symbol = Symbol.for('dragonfab.project')
export type LoadedProject = Project & { readonly [inside]: Inside }

const topKeys = ['$schema', 'plugins', 'environments', 'hooks', 'tasks', 'hosts', 'sequence']

/** Checks all of a configuration, and throws one error with every problem found: its path, and what was perhaps meant. */
export function loadProject(config: unknown, at: ConfigPlace): Project {
  const { report, settle } = collectProblems()
  if (!isPlain(config)) {
    report('BAD_CONFIG', `${at.file ?? 'the config'} should give a table, not ${show(config)}`, 'export default defineConfig({ … })')
    settle()
  }
  const table: Plain = isPlain(config) ? config : {}
  const plugins = orderPlugins(own(table, 'plugins'), report)
  const registry = createRegistry(plugins, varNames(table), report)
  checkPluginNames(plugins, registry, report)

  const signals = collectSignals(plugins)
  const callable = collectTasks(plugins, own(table, 'tasks'), report)
  checkPluginHooks(plugins, signals, report)
  const hooks = readHooks(own(table, 'hooks'), signals, callable, report)

  const layers = [fieldDefaults(registry, report), ...pluginLayers(plugins, registry, report)]
  const hostInside = insideReader(plugins, registry, { below: layers, user: at.user }, report)
  const reading = { registry, callable, report, inside: hostInside, roleTablesReplace: at.roleTablesReplace ?? false }
  const base = readTable(reading, table, '', topKeys)
  const environments = readEnvironments(reading, own(table, 'environments'), base)
  settle()

  const project: LoadedProject = {
    directory: at.directory,
    file: at.file,
    plugins,
    signals,
    ...callable,
    environments: byName([...environments].map(([name, loaded]) => [name, told(loaded)] as const)),
    hooks,
    variables: () => registry.variables.filter(({ name }) => !registry.isPlace(name)),
    [inside]: { registry, layers, environments, user: at.user },
  }
  return project
}

/** `vars` are declared at the top level, or in `__all__`. */
function varNames(table: Plain): readonly string[] {
  const environments = own(table, 'environments')
  const all = isPlain(environments) ? own(environments, '__all__') : undefined
  return [
    ...new Set(
      [table, all]
        .flatMap((place) => (isPlain(place) ? [own(place, 'vars')] : []))
        .flatMap((vars) => (isPlain(vars) ? Object.keys(vars) : [])),
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
    for (const [flow, { args = [], undoEnv = {} }] of Object.entries(flows)) {
      check(
        name,
        `the argument of ${flow},`,
        args.map((arg) => arg.replace(/\?$/, '')),
      )
      check(name, `undoEnv of ${flow}:`, Object.keys(undoEnv))
    }
  }
}

function fieldDefaults({ variables, ...registry }: Registry, report: Report): Layer {
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

function pluginLayers(plugins: readonly AnyPlugin[], registry: Registry, report: Report): readonly Layer[] {
  const layer = (values: Plain, path: string, origin: string, section?: string) =>
    loadLayer(registry, values, { path, origin, ...(section ? { section } : {}) }, report)
  return [
    ...plugins.map((plugin) => layer(plugin.defaults, `defaults of plugin ${plugin.name}`, `plugin ${plugin.name}`)),
    ...plugins.map((plugin) => layer(plugin.given, `plugins.${plugin.name}`, `plugins.${plugin.name}`, plugin.name)),
  ]
}

function told({ name, roles, hosts, sequence }: LoadedEnvironment): ProjectEnvironment {
  return {
    name,
    roles,
    hosts: hosts.map(({ name, role, declared: { address } }) => ({
      name,
      role,
      ...(address.kind === 'inside' && { inside: address.plugin }),
    })),
    sequence,
  }
}
