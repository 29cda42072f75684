import { sh, sudoUserOf } from '@dragonfab/core'
import type { HostEnv } from '../project/types.ts'
import { planEndings } from './after-failure.ts'
import { HookSteps } from './hook-steps.ts'
import type { PlanHost, PlanRequest, PlanSource } from './request.ts'
import { membersOf } from './targets.ts'
import { TaskPlanner } from './task-planner.ts'
import type { Plan, PlanCode, PlannedTask } from './types.ts'

/** env and facts → hooks → steps → scripts. Pure: the same request gives the same plan, byte for byte. */
export function buildPlan(source: PlanSource, request: PlanRequest): { readonly plan: Plan; readonly code: PlanCode } {
  const hooks = new HookSteps(source, request)
  const planner = new TaskPlanner(source, request, hooks)
  const requested = request.tasks.map((invocation) => planner.planTask(invocation))
  const tasks = [
    ...requested,
    ...planEndings(source, request).map(({ endsTask, ...invocation }): PlannedTask => ({ ...planner.planTask(invocation), endsTask })),
  ]
  hooks.writers.assertNoConflicts()
  const libraries = hooks.libraries.group()
  const { hosts, facts, run, environment, command } = request
  const first = hosts[0]?.env(facts)
  return {
    plan: {
      format: 2,
      run,
      appName: first?.appName ?? '',
      environment,
      command,
      ...(request.reason !== undefined && { reason: request.reason }),
      hosts: [...membersOf(hosts)].map(([target, members]) => {
        const [host] = members as readonly [PlanHost]
        const roles = members.flatMap(({ role }) => role ?? [])
        const env = host.env(facts)
        return {
          name: target,
          role: roles.length ? roles.join('+') : undefined,
          path: env.path,
          stateDir: env.stateDir,
          sudoUser: sudoUserOf(env),
          fingerprint: composeFingerprint(source, hooks, env),
        }
      }),
      facts,
      libraries,
      tasks,
      secrets: hooks.holes.listing,
    },
    code: { steps: hooks.codeSteps, secrets: hooks.holes.secrets },
  }
}

/** Read-only text that prints what a host runs now, and the last line of its journal. */
function composeFingerprint(source: PlanSource, hooks: HookSteps, env: HostEnv): string {
  const context = hooks.createContext([env], 0, 'fingerprint', false)
  const texts = source.plugins.flatMap((plugin) => (plugin.fingerprint ? [plugin.fingerprint(context)] : []))
  return sh.join([...texts, sh`tail -n 1 "$DF_STATE/journal" 2>/dev/null || :`]).toString()
}
