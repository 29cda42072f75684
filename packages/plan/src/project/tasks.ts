import { type AnyPlugin, describeValue, didYouMean, isPlainObject, type PlainObject, type Report, type TaskSpec } from '@dragonfab/core'
import { builtinFlows, builtinSpecs } from './builtin-tasks.ts'
import { builtinTasks, describeBadName, reservedCommands } from './names.ts'
import { toRecord } from './records.ts'
import type { ProjectFlow, ProjectTask } from './types.ts'

/** Flows and tasks of the plugins, and the config's own tasks, which win. */
export function collectTasks(plugins: readonly AnyPlugin[], config: unknown, report: Report) {
  const flows: Record<string, ProjectFlow> = toRecord(
    Object.entries(builtinFlows).map(([name, flow]) => [name, { name, plugin: 'core', flow }] as const),
  )
  const tasks: Record<string, ProjectTask> = toRecord(
    Object.entries(builtinSpecs).map(([name, spec]) => [name, { name, plugin: 'core', spec }] as const),
  )
  const holder = (name: string): string | undefined => flows[name]?.plugin ?? tasks[name]?.plugin
  for (const plugin of plugins) {
    for (const [name, flow] of Object.entries(plugin.flows)) {
      if (flow.overridable) continue
      claimTaskName(name, plugin.name, holder(name), report)
      flows[name] = { name, plugin: plugin.name, flow }
    }
    for (const [name, spec] of Object.entries(plugin.tasks)) {
      if (!checkTask(spec, `task ${name} of plugin ${plugin.name}`, report) || spec.overridable) continue
      claimTaskName(name, plugin.name, holder(name), report)
      tasks[name] = { name, plugin: plugin.name, spec: exemptFromLock(spec) }
    }
  }
  for (const plugin of plugins) {
    for (const [name, flow] of Object.entries(plugin.flows)) {
      if (!flow.overridable || holder(name) !== undefined) continue
      claimTaskName(name, plugin.name, undefined, report)
      flows[name] = { name, plugin: plugin.name, flow }
    }
    for (const [name, spec] of Object.entries(plugin.tasks)) {
      if (!isPlainObject(spec) || !spec.overridable || holder(name) !== undefined) continue
      claimTaskName(name, plugin.name, undefined, report)
      tasks[name] = { name, plugin: plugin.name, spec: exemptFromLock(spec) }
    }
  }
  if (config !== undefined && config !== null && !isPlainObject(config))
    report('BAD_VALUE', `tasks should be a table of tasks, not ${describeValue(config)}`)
  for (const [name, spec] of Object.entries(isPlainObject(config) ? config : {})) {
    claimTaskName(name, 'config', undefined, report)
    if (checkTask(spec, `tasks.${name}`, report)) tasks[name] = { name, plugin: 'config', spec: exemptFromLock(spec) }
    delete flows[name]
  }
  return { flows, tasks }
}

/** The lock lies inside. */
function exemptFromLock(spec: TaskSpec): TaskSpec {
  return spec.onMachine ? { ...spec, readOnly: true } : spec
}

function claimTaskName(name: string, plugin: string, holder: string | undefined, report: Report): void {
  const configPath = plugin === 'config' ? `tasks.${name}` : `task ${name} of plugin ${plugin}`
  const bad = describeBadName(name)
  if (bad) report('BAD_NAME', `${configPath}: ${bad}`)
  if (holder) report('DUPLICATE_NAME', `${configPath}: plugin ${holder} brings a task of that name`)
  if (name === 'deploy')
    report('RESERVED_NAME', `${configPath}: deploy runs the sequence of an environment`, 'write environments.<name>.sequence instead')
  else if (([...builtinTasks, ...reservedCommands] as readonly string[]).includes(name))
    report('RESERVED_NAME', `${configPath}: ${name} is a task or command that is always there`, 'rename it')
}

function checkTask(spec: unknown, configPath: string, report: Report): spec is TaskSpec {
  if (!isPlainObject(spec)) {
    report('BAD_VALUE', `${configPath} should be { summary, run }, not ${describeValue(spec)}`)
    return false
  }
  const taskKeys = ['summary', 'args', 'readOnly', 'onMachine', 'switches', 'stdio', 'wrap', 'overridable', 'afterFailure', 'run']
  for (const key of Object.keys(spec))
    if (!taskKeys.includes(key)) report('UNKNOWN_KEY', `${configPath}.${key} is not known`, didYouMean(key, taskKeys))
  if (typeof spec.summary !== 'string' || spec.summary.trim() === '')
    report('BAD_VALUE', `${configPath}.summary should say in a sentence what the task does`)
  if (typeof spec.run !== 'function')
    report('BAD_VALUE', `${configPath}.run should be a function that gives steps, not ${describeValue(spec.run)}`)
  if (spec.stdio !== undefined && spec.stdio !== 'pipe' && spec.stdio !== 'tty')
    report('BAD_VALUE', `${configPath}.stdio should be 'pipe' or 'tty', not ${describeValue(spec.stdio)}`)
  if (spec.wrap !== undefined && typeof spec.wrap !== 'function')
    report('BAD_VALUE', `${configPath}.wrap should be a function of the arguments that gives phases, not ${describeValue(spec.wrap)}`)
  if (spec.afterFailure !== undefined && typeof spec.afterFailure !== 'function')
    report('BAD_VALUE', `${configPath}.afterFailure should be a function that gives a task, not ${describeValue(spec.afterFailure)}`)
  checkArguments(spec, configPath, report)
  return typeof spec.run === 'function'
}

function checkArguments(spec: PlainObject, configPath: string, report: Report): void {
  const args = spec.args ?? []
  if (!Array.isArray(args) || args.some((name) => typeof name !== 'string' || !/^[A-Za-z_]\w*\??$/.test(name))) {
    report(
      'BAD_VALUE',
      `${configPath}.args should be a list of names, not ${describeValue(args)}`,
      "one that may be left out ends in ?: ['mode', 'reason?']",
    )
    return
  }
  const names = (args as readonly string[]).map((name) => name.replace('?', ''))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) report('BAD_VALUE', `${configPath}.args has ${twice} twice`)
  const optional = (args as readonly string[]).findIndex((name) => name.endsWith('?'))
  const late = (args as readonly string[]).slice(optional).find((name) => !name.endsWith('?'))
  const switches: readonly unknown[] = Array.isArray(spec.switches) ? spec.switches : spec.switches === undefined ? [] : [spec.switches]
  for (const name of switches)
    if (!(args as readonly unknown[]).includes(`${name}?`))
      report('BAD_VALUE', `${configPath}.switches: ${describeValue(name)} is none of the arguments that may be left out`)
  if (optional >= 0 && late)
    report('BAD_VALUE', `${configPath}.args: ${late} must be given, but stands behind ${args[optional]}, which may be left out`)
}
