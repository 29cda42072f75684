import { parseCall } from '@dragonfab/core'
import { argumentsOf } from './arguments.ts'
import type { Invocation, PlanRequest, PlanSource } from './request.ts'

/** What ends, after a failure, what a task of the run began (`afterFailure`): the last one's first. `ends` is that task's place in the run. */
export function endings(source: PlanSource, { tasks, hosts, facts }: PlanRequest): readonly (Invocation & { readonly ends: number })[] {
  const [first] = hosts
  if (!first) return []
  return tasks
    .flatMap(({ task, args, when }, index) => {
      const found = source.tasks[task]
      if (!found?.spec.afterFailure || when !== 'next') return []
      const text = found.spec.afterFailure({ env: first.env(facts), args: argumentsOf(found.spec, args) })
      const call = text === undefined ? undefined : parseCall(text)
      if (!call || !source.tasks[call.task]) return []
      // Plugins have several names for one thing: `maintenance_off` says as much as `web_mode:live`.
      const alike = (name: string): boolean =>
        name === task || name === call.task || (found.plugin !== 'config' && source.tasks[name]?.plugin === found.plugin)
      if (tasks.slice(index + 1).some((each) => each.when !== 'next' && alike(each.task))) return []
      return [{ ...call, when: 'onFailure' as const, ends: index }]
    })
    .reverse()
}
