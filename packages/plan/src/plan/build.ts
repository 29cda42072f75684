import { type AnyEnv, sh } from '@dragonfab/core'
import { endings } from './endings.ts'
import { HookSteps } from './hook-steps.ts'
import { membersOf } from './places.ts'
import type { PlanHost, PlanRequest, PlanSource } from './request.ts'
import { TaskPlanner } from './task-planner.ts'
import type { Plan, PlanCode } from './types.ts'

/** env and facts → hooks → steps → scripts. Pure: the same request gives the same plan, byte for byte. */
export function buildPlan(source: PlanSource, request: PlanRequest): { readonly plan: Plan; readonly code: PlanCode } {
  const hooks = new HookSteps(source, request)
  const planner = new TaskPlanner(source, request, hooks)
  const own = request.tasks.map((invocation) => planner.task(invocation))
  const tasks = [...own, ...endings(source, request).map(({ ends, ...invocation }) => ({ ...planner.task(invocation), ends }))]
  hooks.writers.settle()
  const { hosts, facts, run, environment, command } = request
  const first = hosts[0]?.env(facts)
  return {
    plan: {
      format: 1,
      run,
      appName: String(first?.appName ?? ''),
      environment,
      command,
      ...(request.reason !== undefined && { reason: request.reason }),
      hosts: [...membersOf(hosts)].map(([place, members]) => {
        const [host] = members as readonly [PlanHost]
        const roles = members.flatMap(({ role }) => role ?? [])
        const env = host.env(facts)
        const other = env.sudoUser !== undefined && env.sudoUser !== env.user
        const sudoUser = other ? String(env.sudoUser) : undefined
        return {
          name: place,
          role: roles.length ? roles.join('+') : undefined,
          path: String(env.path),
          stateDir: String(env.stateDir),
          sudoUser,
          standing: standing(source, hooks, env),
        }
      }),
      facts,
      tasks,
      secrets: hooks.holes.listing,
    },
    code: { steps: hooks.code, secrets: hooks.holes.secrets },
  }
}

/** Read-only text that prints what a host runs now; the last line of its journal goes with it. */
function standing(source: PlanSource, hooks: HookSteps, env: AnyEnv): string {
  const context = hooks.context([env], 0, 'standing', false)
  const texts = source.plugins.flatMap((plugin) => (plugin.standing ? [plugin.standing(context)] : []))
  return sh.join([...texts, sh`tail -n 1 "$STATE/journal" 2>/dev/null || :`]).toString()
}
