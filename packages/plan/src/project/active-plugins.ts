import type { AnyPlugin } from '@dragonfab/core'
import type { HostEnv } from './types.ts'

/**
 * Whether a plugin acts in a task on a host: those that `taskPlugins` names for the task, or under `*`, those that they need, and always the
 * one that brings the task. All of them where nothing is named; the config's own hooks always.
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
