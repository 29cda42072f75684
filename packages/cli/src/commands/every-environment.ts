import { selectionOf } from '@dragonfab/config'
import { exitStatus, isDragonfabError, type Problem, usageError } from '@dragonfab/core'
import { describeTask, selectHosts } from '@dragonfab/plan'
import { printProblems } from '../reporter/problems.ts'
import type { CommandContext } from '../run/context.ts'

/**
 * A role in every environment that has it (`release -r web`): one run after the other, in the config's order. A run that fails ends it, so that
 * what goes wrong on staging does not go on to production; tasks that only look are asked of all. The first status that is not 0 is the
 * command's.
 */
export async function runEverywhere(context: CommandContext, runInEnvironment: (environment: string) => Promise<number>): Promise<number> {
  const { invocation, streams, interruption, project } = context
  const { environments, options } = invocation
  if (options.planOut !== undefined)
    throw usageError({
      code: 'ENVIRONMENT_MISSING',
      message: `a plan is for one environment, and ${environments.join(', ')} have that role`,
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
    const left = environments.slice(index + 1)
    if (left.length) note(`not begun, since ${environment} failed: ${left.join(', ')}`)
    break
  }
  return status
}

/** Mistakes in the configuration of any of them are reported before the first begins. */
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
