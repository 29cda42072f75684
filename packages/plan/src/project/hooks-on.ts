import type { AnyPlugin, Hook } from '@dragonfab/core'
import type { TaskCall } from './task-call.ts'

/** A hook with the place that its steps will name. */
export interface HookRegistration {
  /** The plugin's name, or `config`. */
  readonly plugin: string
  /** A function, or a task. */
  readonly hook: Hook | TaskCall
}

/** What hooks are looked up in. */
export interface HookSource {
  /** What is needed comes before what needs it, then the list in the config. */
  readonly plugins: readonly AnyPlugin[]
  /** The config's own, by signal. */
  readonly hooks: Readonly<Record<string, readonly (Hook | TaskCall)[]>>
}

const toList = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T]

/** The hooks of a signal in the order in which they run: the band `pre`, the plugins in order, the config's own, the band `post`. */
export function hooksOn(source: HookSource, signal: string): readonly HookRegistration[] {
  const band = (order: AnyPlugin['order']): readonly HookRegistration[] =>
    source.plugins
      .filter((plugin) => plugin.order === order)
      .flatMap((plugin) => toList<Hook>(plugin.hooks[signal]).map((hook) => ({ plugin: plugin.name, hook })))
  const own = toList<Hook | TaskCall>(source.hooks[signal]).map((hook) => ({ plugin: 'config', hook }))
  return [...band('pre'), ...band('normal'), ...own, ...band('post')]
}
