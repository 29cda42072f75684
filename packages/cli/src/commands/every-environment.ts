import { selectionOf } from '@dragonfab/config'
import { exitStatus, isDragonfabError, type Problem, usageError } from '@dragonfab/core'
import { describeTask, selectHosts } from '@dragonfab/plan'
import { printProblems } from '../reporter/problems.ts'
import type { CommandContext } from '../run/context.ts'

/**
 * Runs tasks for a role in every environment that has it (`release -r web`): one run after the other, in the config's order. It stops after a
 * failed run, so that a problem on staging does not reach production. Tasks that only read run in all environments. The command's status is
 * the first one that is not 0.
 */
export async function runEverywhere(context: CommandContext, runInEnvironment: (environment: string) => Promise<number>): Promise<number> {
  const { invocation, streams, interruption, project } = context
  const { environments, options } = invocation
  if (options.planOut !== undefined)
    throw usageError({
      code: 'ENVIRONMENT_MISSING',
      message: `a plan is for one environment, but ${environments.join(', ')} have that role`,
      remedy: `name one: -s ${environments[0]}`,
    })
  checkAll(context)
  const all = options.dryRun || invocation.tasks.every(({ name }) => describeTask(project, name)?.readOnly)
  const note = (text: string): void => {
    if (!options.quiet && !options.json) streams.err.write(`${text}\n`)
  }
  let status: number = exitStatus.done
  for (const [index, environment] of environments.entries()) {
    note(`${environment} (${index + 1} of ${environments.length})`)
    const one = await runInEnvironment(environment).catch((error: unknown) => {
      if (interruption.stop.aborted) throw error
      return printProblems(error, options)
    })
    if (status === exitStatus.done) status = one
    if (interruption.stop.aborted) return status
    if (one === exitStatus.done || all) continue
    const rest = environments.slice(index + 1)
    if (rest.length) note(`not started, because ${environment} failed: ${rest.join(', ')}`)
    break
  }
  return status
}

/** Checks the configuration of all environments before the first run starts. */
function checkAll({ invocation, project }: CommandContext): void {
  const problems = invocation.environments.flatMap((environment): readonly Problem[] => {
    try {
      selectHosts(project, { environment, ...selectionOf(invocation) })
      return []
    } catch (error) {
      if (!isDragonfabError(error)) throw error
      return error.problems
    }
  })
  if (problems.length) throw usageError(problems)
}
