import { parseTaskCall } from '@dragonfab/core'
import type { PlanRequest, PlanSource, TaskInvocation } from './request.ts'
import { argumentsOf } from './task-arguments.ts'

/** What ends, after a failure, what a task of the run began (`afterFailure`): the last one's first. `ends` is that task's place in the run. */
export function planEndings(
  source: PlanSource,
  { tasks, hosts, facts }: PlanRequest,
): readonly (TaskInvocation & { readonly endsTask: number })[] {
  const [first] = hosts
  if (!first) return []
  return tasks
    .flatMap(({ task, args, when }, index) => {
      const registered = source.tasks[task]
      if (!registered?.spec.afterFailure || when !== 'next') return []
      const text = registered.spec.afterFailure({ env: first.env(facts), args: argumentsOf(registered.spec, args) })
      const call = text === undefined ? undefined : parseTaskCall(text)
      if (!call || !source.tasks[call.task]) return []
      // Plugins have several names for one thing: `maintenance_off` says as much as `web_mode:live`.
      const isSamePlugin = (name: string): boolean =>
        name === task || name === call.task || (registered.plugin !== 'config' && source.tasks[name]?.plugin === registered.plugin)
      if (tasks.slice(index + 1).some((each) => each.when !== 'next' && isSamePlugin(each.task))) return []
      return [{ ...call, when: 'onFailure' as const, endsTask: index }]
    })
    .reverse()
}
