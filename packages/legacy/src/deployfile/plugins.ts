import { type DragonfabError, usageError } from '@dragonfab/core'
import type { DeployfileTable } from './table.ts'

/** The name of a plugin in Dragonfab: `fapistrano.plugins.git` → `git`. */
export function pluginName(written: string): string {
  return written.replace(/^fapistrano\.(plugins\.)?/, '').replace(/^@dragonfab\/plugin-/, '')
}

/** Like {@link pluginName}, for a plugin to load. Refuses a Python module, with its `place`. */
export function loadablePluginName(written: string, place: string): string {
  const name = pluginName(written)
  if (/^[A-Za-z_]\w*(\.\w+)+$/.test(name)) throw pythonPluginError(written, place)
  return name
}

export interface NamedPlugins {
  /** All plugins that are named anywhere, as written, in order and without duplicates. Includes `release`. */
  readonly all: readonly string[]
  /** The `taskPlugins` of the top level, if some plugins take part only in some tasks. */
  readonly taskPlugins: Readonly<Record<string, readonly string[]>>
}

const listOf = (value: unknown): readonly string[] => [value ?? []].flat().filter((each): each is string => typeof each === 'string')

/** The operation whose plugins a key sets: `release` for `release_plugins`. */
export function pluginOperationOf(key: string): string | undefined {
  return /^(\w+)_plugins$/.exec(key)?.[1]
}

/** A table's own `plugins` and `<operation>_plugins`, as `taskPlugins`. */
export function taskPluginsOf(table: DeployfileTable, everywhere: boolean): Record<string, readonly string[]> {
  const entries = Object.entries(table).flatMap(([key, value]): (readonly [string, readonly string[]])[] => {
    const operation = key === 'plugins' ? (everywhere ? '*' : undefined) : pluginOperationOf(key)
    return operation === undefined || operation === 'task' ? [] : [[operation, listOf(value).map(pluginName)]]
  })
  return Object.fromEntries(entries)
}

/** The plugins of a deployfile. `release` is added, because fapistrano has its steps built in. */
export function namedPlugins(file: DeployfileTable, places: readonly DeployfileTable[]): NamedPlugins {
  const top = listOf(file.plugins)
  const own = taskPluginsOf(file, false)
  const others = [...Object.values(own), ...places.flatMap((place) => Object.values(taskPluginsOf(place, true)))].flat()
  const known = new Set(top.map(pluginName))
  const extra = others.filter((name) => !known.has(name))
  const unique = new Map([...top, ...extra].map((written) => [pluginName(written), written] as const))
  const all = unique.has('release') ? [...unique.values()] : ['release', ...unique.values()]
  return { all, taskPlugins: { ...own, ...(extra.length ? { '*': [...known] } : {}) } }
}

function pythonPluginError(written: string, place: string): DragonfabError {
  const name = written.replace(/^.*\./, '').replaceAll('_', '-')
  return usageError({
    code: 'PLUGIN_PYTHON',
    message: `${place} ‘${written}’ is a Python plugin for fapistrano, which Dragonfab cannot run`,
    remedy: `rewrite it as ./plugins/${name}.ts (\`export default definePlugin({ name: '${name}', hooks: { 'deploy.updated': … } })\`) and list that path`,
  })
}
