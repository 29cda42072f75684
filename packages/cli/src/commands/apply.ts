import { readFileSync } from 'node:fs'
import type { CommandLine } from '@dragonfab/config'
import { parseCommandLine, resolveInvocations } from '@dragonfab/config'
import { usageError } from '@dragonfab/core'
import type { Plan } from '@dragonfab/plan'
import { makePlan, matchSavedPlan, parsePlan } from '@dragonfab/run'
import type { CommandContext } from '../run/context.ts'
import { showPlan } from '../run/print-plan.ts'
import { executePlan, withRunSession } from '../run/run.ts'

/**
 * Runs a saved plan byte for byte. The configuration provides what a plan cannot contain: how to reach hosts, the functions of code steps,
 * secrets. The plan is refused if these differ from what was planned (status 2), or if a host has changed since (status 1).
 */
export async function applyCommand(context: CommandContext): Promise<number> {
  const { invocation, vocabulary } = context
  const [file, ...more] = invocation.operands
  if (file === undefined || more.length) {
    throw usageError({ code: 'APPLY_FORM', message: 'apply takes one file', remedy: 'write dragonfab apply plan.json' })
  }
  const saved = readPlan(file)
  if (invocation.options.dryRun) {
    showPlan(saved, context)
    return 0
  }
  const planned = parseCommandLine([saved.environment, ...saved.command], vocabulary)
  const choice: CommandLine = {
    ...planned,
    // Secrets are not in a plan's command, so they may be given again.
    overrides: [...planned.overrides, ...invocation.overrides],
    options: { ...invocation.options, noPlugins: planned.options.noPlugins },
  }
  return withRunSession({ ...context, invocation: choice }, saved.environment, async (stage) => {
    const today = await makePlan({
      project: stage.project,
      environment: saved.environment,
      hosts: stage.hosts,
      tasks: resolveInvocations(choice.tasks, saved.environment, stage.project, vocabulary),
      command: saved.command,
      connections: stage.connections,
      signal: context.interruption.stop,
      saved: { run: saved.run, facts: saved.facts },
    })
    matchSavedPlan(saved, today)
    const { status } = await executePlan({ ...context, invocation: choice }, stage, {
      plan: saved,
      code: today.code,
      fingerprints: saved.fingerprints ?? {},
    })
    return status
  })
}

function readPlan(file: string): Plan {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError({ code: 'BAD_PLAN', message: `${file} cannot be read`, cause: error instanceof Error ? error.message : String(error) })
  }
  return parsePlan(text, file)
}
