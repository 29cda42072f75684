import { didYouMean, parseCall, type TaskCall } from '@dragonfab/core'
import { isPlain, type Report, show } from '@dragonfab/core/env'
import { wrongArguments } from './tasks.ts'
import type { ProjectFlow, ProjectTask, SequenceEntry } from './types.ts'

export interface Callable {
  readonly tasks: Readonly<Record<string, ProjectTask>>
  readonly flows: Readonly<Record<string, ProjectFlow>>
}

/** A task with arguments that stands in the config. `only: 'tasks'`: flows are refused. */
export function readCall(text: string, place: string, callable: Callable, only: 'tasks' | 'all', report: Report): TaskCall | undefined {
  const call = parseCall(text)
  const flow = callable.flows[call.task]
  const task = callable.tasks[call.task]
  if (!task && flow && only === 'tasks') {
    report('UNKNOWN_TASK', `${place}: ${call.task} is a flow, and a hook can only name a task`, 'put it into the sequence')
    return undefined
  }
  if (!task && !flow) {
    const names = [...Object.keys(callable.tasks), ...(only === 'all' ? Object.keys(callable.flows) : [])]
    const remedy = call.task === 'deploy' ? 'deploy runs this sequence: name what it should run' : didYouMean(call.task, names)
    report('UNKNOWN_TASK', `${place}: ${show(call.task)} is not a task`, remedy)
    return undefined
  }
  const wrong = wrongArguments((task ? task.spec.args : flow?.flow.args) ?? [], call.args)
  if (wrong) report('BAD_ARGUMENTS', `${place}: ${call.task} ${wrong}`)
  return wrong ? undefined : call
}

/** A sequence: texts, `{ always: … }` and `{ onFailure: … }`. */
export function readSequence(value: unknown, place: string, callable: Callable, report: Report): readonly SequenceEntry[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry, index): readonly SequenceEntry[] => {
    const at = `${place}[${index}]`
    const keyed = isPlain(entry) ? Object.entries(entry) : [['next', entry] as const]
    const [key, text] = keyed[0] ?? []
    const when = key === 'on_failure' ? 'onFailure' : key
    if (keyed.length !== 1 || typeof text !== 'string' || (when !== 'next' && when !== 'always' && when !== 'onFailure')) {
      report(
        'BAD_VALUE',
        `${at} should be a task, { always: task } or { onFailure: task }, not ${isPlain(entry) ? JSON.stringify(Object.keys(entry)) : show(entry)}`,
      )
      return []
    }
    const call = readCall(text, at, callable, 'all', report)
    return call ? [{ when, ...call }] : []
  })
}
