import { type AnyPlugin, describeValue, didYouMean, isPlainObject, type Report, type TaskSpec } from '@dragonfab/core'
import { builtinFlow, builtinTasks, commandNames } from './builtin-tasks.ts'
import { describeBadName, toRecord } from './names.ts'
import { plainNames } from './task-call.ts'
import type { ProjectFlow, ProjectTask } from './types.ts'

/** The flows and tasks of the plugins, and the config's own tasks, which replace them. */
export function collectTasks(plugins: readonly AnyPlugin[], config: unknown, report: Report) {
  const builtin = Object.entries(builtinTasks)
  const flows: Record<string, ProjectFlow> = toRecord(
    builtin.flatMap(([name, task]) => (task.signals ? [[name, { name, plugin: 'core', flow: builtinFlow(task) }] as const] : [])),
  )
  const tasks: Record<string, ProjectTask> = toRecord(
    builtin.flatMap(([name, { step, ...spec }]) =>
      step ? [[name, { name, plugin: 'core', spec: { ...spec, run: () => step } }] as const] : [],
    ),
  )
  const holder = (name: string): string | undefined => flows[name]?.plugin ?? tasks[name]?.plugin
  const checked = plugins.map((plugin) => ({
    plugin: plugin.name,
    flows: Object.entries(plugin.flows),
    tasks: Object.entries(plugin.tasks).filter(([name, spec]) => checkTask(spec, `task ${name} of plugin ${plugin.name}`, report)),
  }))
  // Overridable ones last, because any other task of the same name wins.
  for (const overridable of [false, true]) {
    for (const { plugin, ...own } of checked) {
      const claim = (name: string, declared: { readonly overridable?: boolean }): boolean => {
        if ((declared.overridable ?? false) !== overridable || (overridable && holder(name) !== undefined)) return false
        claimTaskName(name, plugin, holder(name), report)
        return true
      }
      for (const [name, flow] of own.flows) if (claim(name, flow)) flows[name] = { name, plugin, flow }
      for (const [name, spec] of own.tasks) if (claim(name, spec)) tasks[name] = { name, plugin, spec: exemptFromLock(spec) }
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

/** The lock file is within the guest, so a task on the machine cannot take it. */
function exemptFromLock(spec: TaskSpec): TaskSpec {
  return spec.onMachine ? { ...spec, readOnly: true } : spec
}

function claimTaskName(name: string, plugin: string, holder: string | undefined, report: Report): void {
  const configPath = plugin === 'config' ? `tasks.${name}` : `task ${name} of plugin ${plugin}`
  const bad = describeBadName(name)
  if (bad) report('BAD_NAME', `${configPath}: ${bad}`)
  if (holder) report('DUPLICATE_NAME', `${configPath}: plugin ${holder} has a task of that name`)
  if (name === 'deploy')
    report('RESERVED_NAME', `${configPath}: deploy runs the sequence of an environment`, 'write environments.<name>.sequence instead')
  else if ([...Object.keys(builtinTasks), ...commandNames].includes(name))
    report('RESERVED_NAME', `${configPath}: ${name} is a task or a command that every project has`, 'rename it')
}

interface TaskProperty {
  readonly expected: string
  readonly fits: (value: unknown) => boolean
  readonly required?: true
  readonly remedy?: string
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const isNameList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && /^[A-Za-z_]\w*\??$/.test(name))
const flagProperty: TaskProperty = { expected: 'true or false', fits: (value) => typeof value === 'boolean' }

/** Every property of a task. Checked at run time because not every plugin is written in TypeScript. */
const taskProperties: Readonly<Record<keyof TaskSpec, TaskProperty>> = {
  summary: {
    expected: 'a sentence that says what the task does',
    fits: (value) => typeof value === 'string' && value.trim() !== '',
    required: true,
  },
  args: { expected: 'a list of names', fits: isNameList, remedy: "one that may be left out ends in ?: ['mode', 'reason?']" },
  readOnly: flagProperty,
  onMachine: flagProperty,
  switches: { expected: 'a list of names', fits: isNameList },
  stdio: { expected: "'pipe' or 'tty'", fits: (value) => value === 'pipe' || value === 'tty' },
  wrap: { expected: 'a function of the arguments that returns phases', fits: isFunction },
  overridable: flagProperty,
  afterFailure: { expected: 'a function that returns a task', fits: isFunction },
  run: { expected: 'a function that returns steps', fits: isFunction, required: true },
}

function checkTask(spec: unknown, configPath: string, report: Report): spec is TaskSpec {
  if (!isPlainObject(spec)) {
    report('BAD_VALUE', `${configPath} should be { summary, run }, not ${describeValue(spec)}`)
    return false
  }
  const known = Object.keys(taskProperties)
  for (const key of Object.keys(spec))
    if (!known.includes(key)) report('UNKNOWN_KEY', `${configPath}.${key} is not known`, didYouMean(key, known))
  const wrong = Object.entries(taskProperties).filter(
    ([key, { fits, required }]) => (required || spec[key] !== undefined) && !fits(spec[key]),
  )
  for (const [key, { expected, remedy }] of wrong)
    report('BAD_VALUE', `${configPath}.${key} should be ${expected}, not ${describeValue(spec[key])}`, remedy)
  if (!wrong.length) checkArguments(spec as unknown as TaskSpec, configPath, report)
  return isFunction(spec.run)
}

function checkArguments({ args = [], switches = [] }: TaskSpec, configPath: string, report: Report): void {
  const names = plainNames(args)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) report('BAD_VALUE', `${configPath}.args has ${twice} twice`)
  for (const name of switches)
    if (!args.includes(`${name}?`))
      report('BAD_VALUE', `${configPath}.switches: ${describeValue(name)} is not one of the arguments that may be left out`)
  const optional = args.findIndex((name) => name.endsWith('?'))
  const late = optional < 0 ? undefined : args.slice(optional).find((name) => !name.endsWith('?'))
  if (late) report('BAD_VALUE', `${configPath}.args: ${late} is required, but follows ${args[optional]}, which may be left out`)
}
