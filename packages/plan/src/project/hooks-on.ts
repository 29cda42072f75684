import type { AnyPlugin, Hook } from '@dragonfab/core'
import type { TaskCall } from './task-call.ts'

/** A hook, and who registered it. */
export interface HookRegistration {
  /** The plugin's name, or `config`. */
  readonly plugin: string
  /** A function, or a task. */
  readonly hook: Hook | TaskCall
}

/** Where hooks are looked up. */
export interface HookSource {
  /** A plugin comes after those that it needs, otherwise in the order of the config. */
  readonly plugins: readonly AnyPlugin[]
  /** The config's own, by signal. */
  readonly hooks: Readonly<Record<string, readonly (Hook | TaskCall)[]>>
}

const toList = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T]

/** The hooks of a signal in the order in which they run: `pre` plugins, the other plugins, the config's own hooks, `post` plugins. */
export function hooksOn(source: HookSource, signal: string): readonly HookRegistration[] {
  const band = (order: AnyPlugin['order']): readonly HookRegistration[] =>
    source.plugins
      .filter((plugin) => plugin.order === order)
      .flatMap((plugin) => toList<Hook>(plugin.hooks[signal]).map((hook) => ({ plugin: plugin.name, hook })))
  const own = toList<Hook | TaskCall>(source.hooks[signal]).map((hook) => ({ plugin: 'config', hook }))
  return [...band('pre'), ...band('normal'), ...own, ...band('post')]
}
