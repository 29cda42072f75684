import { DragonfabError, exitStatus, type Problem, toProblem } from '@dragonfab/core'
import { setLockByHand } from '@dragonfab/run'
import type { CommandContext } from '../run/context.ts'
import { createPlan, withRunSession } from '../run/run.ts'

/** `lock [--reason]` and `unlock`: sets or removes the lock by hand, on all hosts of an environment. */
export async function lockCommand(context: CommandContext, environment: string, on: boolean): Promise<number> {
  const { invocation, actor, streams } = context
  return withRunSession(context, environment, async (stage) => {
    const idle = { ...context, invocation: { ...invocation, tasks: [] } }
    const { plan } = await createPlan(idle, environment, stage)
    const holder = {
      ...actor,
      command: on ? 'lock' : 'unlock',
      ...(invocation.options.reason === undefined ? {} : { reason: invocation.options.reason }),
    }
    const problems = await Promise.all(
      plan.hosts.map(async (host): Promise<readonly Problem[]> => {
        const connection = stage.connections.get(host.name)
        if (!connection) return []
        try {
          return [await setLockByHand(connection, host, holder, on)].flatMap((problem) => problem ?? [])
        } catch (error) {
          return [{ ...toProblem(error, { code: 'HOST_UNREACHABLE' }), host: host.name }]
        }
      }),
    )
    const all = problems.flat()
    const good = plan.hosts.filter((host) => !all.some((problem) => problem.host === host.name)).map((host) => host.name)
    await stage.reporter.end()
    if (invocation.options.json)
      streams.out.write(`${JSON.stringify({ type: on ? 'locked' : 'unlocked', time: Date.now(), hosts: good })}\n`)
    else if (good.length && !invocation.options.quiet) streams.out.write(`${on ? 'locked' : 'unlocked'}: ${good.join(', ')}\n`)
    if (all.length) throw new DragonfabError(all, all.every((problem) => problem.code === 'LOCKED') ? exitStatus.locked : exitStatus.failed)
    return 0
  })
}
