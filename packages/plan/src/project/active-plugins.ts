import type { AnyPlugin } from '@dragonfab/core'
import type { HostEnv } from './types.ts'

/**
 * Tells which plugins act in a task on a host: those that `taskPlugins` lists for the task (or for `*`), those that these need, and the plugin
 * that has the task. All plugins act if nothing is listed, and the config's own hooks always do.
 */
export function activePlugins(
  env: HostEnv,
  plugins: readonly AnyPlugin[],
  task: { readonly name: string; readonly plugin: string | undefined },
) {
  const table = env.taskPlugins
  const listed = [task.name, '*'].flatMap((name) => (Object.hasOwn(table, name) ? [table[name] ?? []] : []))[0]
  if (listed === undefined) return () => true
  const active = new Set<string>(['config', 'core'])
  const add = (name: string): void => {
    if (active.has(name)) return
    active.add(name)
    for (const need of plugins.find((plugin) => plugin.name === name)?.needs ?? []) add(need.name)
  }
  for (const name of [...listed, ...(task.plugin === undefined ? [] : [task.plugin])]) add(name)
  return (plugin: string): boolean => active.has(plugin)
}
