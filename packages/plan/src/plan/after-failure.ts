import { usageError } from '@dragonfab/core'
import { bindArguments, parseTaskCall } from '../project/task-call.ts'
import { argumentsOf, type PlanRequest, type PlanSource, type TaskInvocation } from './request.ts'

/** What ends, after a failure, what a task of the run began (`afterFailure`): the last one's first. `ends` is that task's place in the run. */
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
      // Plugins have several names for one thing: `maintenance_off` says as much as `web_mode:live`.
      const isSamePlugin = (name: string): boolean =>
        name === task || name === call.task || (registered.plugin !== 'config' && source.tasks[name]?.plugin === registered.plugin)
      if (tasks.slice(index + 1).some((each) => each.when !== 'next' && isSamePlugin(each.task))) return []
      return [{ ...call, when: 'onFailure' as const, endsTask: index }]
    })
    .reverse()
}
