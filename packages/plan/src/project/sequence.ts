import { describeValue, didYouMean, isPlainObject, type Report } from '@dragonfab/core'
import { bindArguments, parseTaskCall, type TaskCall } from './task-call.ts'
import type { ProjectFlow, ProjectTask, SequenceEntry } from './types.ts'

export interface CallableTasks {
  readonly tasks: Readonly<Record<string, ProjectTask>>
  readonly flows: Readonly<Record<string, ProjectFlow>>
}

/** Reads a task call in the config. `only: 'tasks'` refuses flows. */
export function readTaskCall(
  text: string,
  configPath: string,
  callable: CallableTasks,
  only: 'tasks' | 'all',
  report: Report,
): TaskCall | undefined {
  const call = parseTaskCall(text)
  const flow = callable.flows[call.task]
  const task = callable.tasks[call.task]
  if (!task && flow && only === 'tasks') {
    report('UNKNOWN_TASK', `${configPath}: ${call.task} is a flow, but a hook can only name a task`, 'put it into the sequence')
    return undefined
  }
  if (!task && !flow) {
    const names = [...Object.keys(callable.tasks), ...(only === 'all' ? Object.keys(callable.flows) : [])]
    const remedy = call.task === 'deploy' ? 'deploy runs this sequence: name what it should run' : didYouMean(call.task, names)
    report('UNKNOWN_TASK', `${configPath}: ${describeValue(call.task)} is not a task`, remedy)
    return undefined
  }
  const { problems } = bindArguments(call, (task ? task.spec.args : flow?.flow.args) ?? [])
  for (const { code, message, remedy } of problems) report(code, `${configPath}: ${message}`, remedy)
  return problems.length ? undefined : call
}

/** Reads a sequence of task calls, `{ always: … }` and `{ onFailure: … }`. */
export function readSequence(value: unknown, configPath: string, callable: CallableTasks, report: Report): readonly SequenceEntry[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry, index): readonly SequenceEntry[] => {
    const entryPath = `${configPath}[${index}]`
    const keyed = isPlainObject(entry) ? Object.entries(entry) : [['next', entry] as const]
    const [key, text] = keyed[0] ?? []
    const when = key === 'on_failure' ? 'onFailure' : key
    if (keyed.length !== 1 || typeof text !== 'string' || (when !== 'next' && when !== 'always' && when !== 'onFailure')) {
      report(
        'BAD_VALUE',
        `${entryPath} should be a task, { always: task } or { onFailure: task }, not ${isPlainObject(entry) ? JSON.stringify(Object.keys(entry)) : describeValue(entry)}`,
      )
      return []
    }
    const call = readTaskCall(text, entryPath, callable, 'all', report)
    return call ? [{ when, ...call }] : []
  })
}

/** What `deploy` runs in an environment without a sequence: the flows of one plugin that ships. */
export function findShippingTasks(flows: CallableTasks['flows']): readonly (TaskCall & { readonly when: 'next' })[] | undefined {
  const shipping = Object.values(flows).filter(({ flow }) => flow.ships)
  const first = shipping.find(({ flow }) => flow.ships === true) ?? shipping[0]
  return first && shipping.filter(({ plugin }) => plugin === first.plugin).map(({ name }) => ({ task: name, args: [], when: 'next' }))
}
