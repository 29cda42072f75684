import { type AnyPlugin, coreSignals, describeValue, didYouMean, type Hook, isPlainObject, type Report } from '@dragonfab/core'
import { toRecord } from './names.ts'
import { type CallableTasks, readTaskCall } from './sequence.ts'
import type { TaskCall } from './task-call.ts'

/** Every signal that may have hooks: core's, those that plugins declare, and those of their flows. */
export function collectSignals(plugins: readonly AnyPlugin[]): readonly string[] {
  const ofFlows = (plugin: AnyPlugin) =>
    Object.values(plugin.flows).flatMap(({ phases, failed = [] }) => [
      ...phases.flatMap(({ signals, undo = [] }) => [...signals, ...undo]),
      ...failed,
    ])
  return [...new Set([...coreSignals, ...plugins.flatMap((plugin) => [...plugin.signals, ...ofFlows(plugin)])])]
}

/** Reports hooks on unknown signals. Types find them too, but not every plugin is written in TypeScript. */
export function checkPluginHooks(plugins: readonly AnyPlugin[], signals: readonly string[], report: Report): void {
  for (const { name, hooks } of plugins) {
    for (const [signal, value] of Object.entries(hooks)) {
      if (!signals.includes(signal)) report('UNKNOWN_SIGNAL', `plugin ${name}: there is no signal ${signal}`, didYouMean(signal, signals))
      if ((Array.isArray(value) ? value : [value]).some((hook) => typeof hook !== 'function'))
        report('BAD_PLUGIN', `plugin ${name}: its hook on ${signal} should be a function`)
    }
  }
}

/** Reads the config's own hooks. */
export function readHooks(
  value: unknown,
  signals: readonly string[],
  callable: CallableTasks,
  report: Report,
): Readonly<Record<string, readonly (Hook | TaskCall)[]>> {
  if (value === undefined || value === null) return {}
  if (!isPlainObject(value)) {
    report('BAD_VALUE', `hooks should be a table of signals, not ${describeValue(value)}`)
    return {}
  }
  const hooks = toRecord<readonly (Hook | TaskCall)[]>([])
  for (const [signal, given] of Object.entries(value)) {
    if (!signals.includes(signal)) report('UNKNOWN_SIGNAL', `hooks.${signal}: there is no such signal`, didYouMean(signal, signals))
    const entries: readonly unknown[] = Array.isArray(given) ? given : [given]
    hooks[signal] = entries.flatMap((entry, index): readonly (Hook | TaskCall)[] => {
      const configPath = Array.isArray(given) ? `hooks.${signal}[${index}]` : `hooks.${signal}`
      if (typeof entry === 'function') return [entry as Hook]
      if (typeof entry === 'string') return [readTaskCall(entry, configPath, callable, 'tasks', report) ?? []].flat()
      if (entry !== undefined) report('BAD_VALUE', `${configPath} should be a function or the name of a task, not ${describeValue(entry)}`)
      return []
    })
  }
  return hooks
}
