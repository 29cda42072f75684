import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { usageError } from '@dragonfab/core'
import type { CommandContext } from '../run/context.ts'
import { showPlan } from '../run/print-plan.ts'
import { createPlan, createSavedPlan, runTasks, withRunSession } from '../run/run.ts'

/** Runs tasks in an environment, prints the plan, or saves it. */
export async function tasksCommand(context: CommandContext, environment: string): Promise<number> {
  const { dryRun, planOut } = context.invocation.options
  if (planOut !== undefined) return savePlanTo(context, environment, planOut)
  return dryRun ? printDryRun(context, environment) : runTasks(context, environment)
}

function printDryRun(context: CommandContext, environment: string): Promise<number> {
  return withRunSession(context, environment, async (stage) => {
    const { plan } = await createPlan(context, environment, stage)
    await stage.reporter.end()
    showPlan(plan, context)
    return context.interruption.stop.aborted ? context.interruption.status : 0
  })
}

function savePlanTo(context: CommandContext, environment: string, file: string): Promise<number> {
  return withRunSession(context, environment, async (stage) => {
    const plan = await createSavedPlan(context, environment, stage)
    if (context.interruption.stop.aborted) return context.interruption.status
    try {
      // Readable only by its owner, because it reveals a lot about the hosts.
      writeFileSync(resolve(file), `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 })
    } catch (error) {
      throw usageError({ code: 'PLAN_OUT', message: `--plan-out ${file}: ${error instanceof Error ? error.message : String(error)}` })
    }
    if (!context.invocation.options.quiet) context.streams.err.write(`the plan is in ${file}; run it with: dragonfab apply ${file}\n`)
    return 0
  })
}
