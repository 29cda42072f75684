import { type AnyPlugin, didYouMean, type TaskSpec } from '@dragonfab/core'
import { byName, isPlain, type Plain, type Report, show } from '@dragonfab/core/env'
import { builtinFlows, builtinSpecs } from './builtin.ts'
import { badName, builtinTasks, commands } from './names.ts'
import type { ProjectFlow, ProjectTask } from './types.ts'

/** What is wrong with the number of arguments, as the end of a sentence. */
export function wrongArguments(names: readonly string[], given: readonly string[]): string | undefined {
  const needed = names.filter((name) => !name.endsWith('?'))
  if (given.length > names.length)
    return `takes ${names.length ? `${names.length === 1 ? 'one argument' : `${names.length} arguments`} (${names.join(', ')})` : 'no arguments'}, not ${given.length}`
  return given.length < needed.length ? `needs ${needed.slice(given.length).join(', ')}` : undefined
}

/** Flows and tasks of the plugins, and the config's own tasks, which win. */
export function collectTasks(plugins: readonly AnyPlugin[], config: unknown, report: Report) {
  const flows: Record<string, ProjectFlow> = byName(
    Object.entries(builtinFlows).map(([name, flow]) => [name, { name, plugin: 'core', flow }] as const),
  )
  const tasks: Record<string, ProjectTask> = byName(
    Object.entries(builtinSpecs).map(([name, spec]) => [name, { name, plugin: 'core', spec }] as const),
  )
  const holder = (name: string): string | undefined => flows[name]?.plugin ?? tasks[name]?.plugin
  for (const plugin of plugins) {
    for (const [name, flow] of Object.entries(plugin.flows)) {
      if (flow.readyMade) continue
      claim(name, plugin.name, holder(name), report)
      flows[name] = { name, plugin: plugin.name, flow }
    }
    for (const [name, spec] of Object.entries(plugin.tasks)) {
      if (!checkTask(spec, `task ${name} of plugin ${plugin.name}`, report) || spec.readyMade) continue
      claim(name, plugin.name, holder(name), report)
      tasks[name] = { name, plugin: plugin.name, spec: unlocked(spec) }
    }
  }
  for (const plugin of plugins) {
    for (const [name, flow] of Object.entries(plugin.flows)) {
      if (!flow.readyMade || holder(name) !== undefined) continue
      claim(name, plugin.name, undefined, report)
      flows[name] = { name, plugin: plugin.name, flow }
    }
    for (const [name, spec] of Object.entries(plugin.tasks)) {
      if (!isPlain(spec) || !spec.readyMade || holder(name) !== undefined) continue
      claim(name, plugin.name, undefined, report)
      tasks[name] = { name, plugin: plugin.name, spec: unlocked(spec) }
    }
  }
  if (config !== undefined && config !== null && !isPlain(config))
    report('BAD_VALUE', `tasks should be a table of tasks, not ${show(config)}`)
  for (const [name, spec] of Object.entries(isPlain(config) ? config : {})) {
    claim(name, 'config', undefined, report)
    if (checkTask(spec, `tasks.${name}`, report)) tasks[name] = { name, plugin: 'config', spec: unlocked(spec) }
    delete flows[name]
  }
  return { flows, tasks }
}

/** The lock lies inside. */
function unlocked(spec: TaskSpec): TaskSpec {
  return spec.outside ? { ...spec, reads: true } : spec
}

function claim(name: string, plugin: string, holder: string | undefined, report: Report): void {
  const place = plugin === 'config' ? `tasks.${name}` : `task ${name} of plugin ${plugin}`
  const bad = badName(name)
  if (bad) report('BAD_NAME', `${place}: ${bad}`)
  if (holder) report('DUPLICATE_NAME', `${place}: plugin ${holder} brings a task of that name`)
  if (name === 'deploy')
    report('RESERVED_NAME', `${place}: deploy runs the sequence of an environment`, 'write environments.<name>.sequence instead')
  else if (([...builtinTasks, ...commands] as readonly string[]).includes(name))
    report('RESERVED_NAME', `${place}: ${name} is a task or command that is always there`, 'rename it')
}

function checkTask(spec: unknown, place: string, report: Report): spec is TaskSpec {
  if (!isPlain(spec)) {
    report('BAD_VALUE', `${place} should be { summary, run }, not ${show(spec)}`)
    return false
  }
  const allowed = ['summary', 'args', 'reads', 'outside', 'switches', 'attached', 'around', 'readyMade', 'afterFailure', 'run']
  for (const key of Object.keys(spec))
    if (!allowed.includes(key)) report('UNKNOWN_KEY', `${place}.${key} is not known`, didYouMean(key, allowed))
  if (typeof spec.summary !== 'string' || spec.summary.trim() === '')
    report('BAD_VALUE', `${place}.summary should say in a sentence what the task does`)
  if (typeof spec.run !== 'function') report('BAD_VALUE', `${place}.run should be a function that gives steps, not ${show(spec.run)}`)
  if (spec.attached !== undefined && spec.attached !== 'command' && spec.attached !== 'terminal')
    report('BAD_VALUE', `${place}.attached should be 'command' or 'terminal', not ${show(spec.attached)}`)
  if (spec.around !== undefined && typeof spec.around !== 'function')
    report('BAD_VALUE', `${place}.around should be a function of the arguments that gives phases, not ${show(spec.around)}`)
  if (spec.afterFailure !== undefined && typeof spec.afterFailure !== 'function')
    report('BAD_VALUE', `${place}.afterFailure should be a function that gives a task, not ${show(spec.afterFailure)}`)
  checkArguments(spec, place, report)
  return typeof spec.run === 'function'
}

function checkArguments(spec: Plain, place: string, report: Report): void {
  const args = spec.args ?? []
  if (!Array.isArray(args) || args.some((name) => typeof name !== 'string' || !/^[A-Za-z_]\w*\??$/.test(name))) {
    report(
      'BAD_VALUE',
      `${place}.args should be a list of names, not ${show(args)}`,
      "one that may be left out ends in ?: ['mode', 'reason?']",
    )
    return
  }
  const names = (args as readonly string[]).map((name) => name.replace('?', ''))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) report('BAD_VALUE', `${place}.args has ${twice} twice`)
  const optional = (args as readonly string[]).findIndex((name) => name.endsWith('?'))
  const late = (args as readonly string[]).slice(optional).find((name) => !name.endsWith('?'))
  const switches: readonly unknown[] = Array.isArray(spec.switches) ? spec.switches : spec.switches === undefined ? [] : [spec.switches]
  for (const name of switches)
    if (!(args as readonly unknown[]).includes(`${name}?`))
      report('BAD_VALUE', `${place}.switches: ${show(name)} is none of the arguments that may be left out`)
  if (optional >= 0 && late)
    report('BAD_VALUE', `${place}.args: ${late} must be given, but stands behind ${args[optional]}, which may be left out`)
}
