import { usageError } from '@dragonfab/core'
import { bindArguments, parseTaskCall } from '../project/task-call.ts'
import { argumentsOf, type PlanRequest, type PlanSource, type TaskInvocation } from './request.ts'

/** The tasks that end, after a failure, what tasks of the run began (`afterFailure`): in reverse order. `endsTask` is the position in the run. */
export function planEndings(
  source: PlanSource,
  { tasks, hosts, facts }: PlanRequest,
): readonly (TaskInvocation & { readonly endsTask: number })[] {
  const [first] = hosts
  if (!first) return []
  return tasks
    .flatMap((invocation, index) => {
      const { task, when } = invocation
      const registered = source.tasks[task]
      if (!registered?.spec.afterFailure || when !== 'next') return []
      const text = registered.spec.afterFailure({ env: first.env(facts), args: argumentsOf(registered.spec, invocation) })
      const call = text === undefined ? undefined : parseTaskCall(text)
      const ending = call && source.tasks[call.task]
      if (!call || !ending) return []
      const { problems } = bindArguments(call, ending.spec.args ?? [])
      if (problems.length) throw usageError(problems.map((each) => ({ ...each, message: `afterFailure of ${task}: ${each.message}` })))
      // A plugin may have two tasks for one thing: `maintenance_off` does the same as `web_mode:live`.
      const isSamePlugin = (name: string): boolean =>
        name === task || name === call.task || (registered.plugin !== 'config' && source.tasks[name]?.plugin === registered.plugin)
      if (tasks.slice(index + 1).some((each) => each.when !== 'next' && isSamePlugin(each.task))) return []
      return [{ ...call, when: 'onFailure' as const, endsTask: index }]
    })
    .reverse()
}
