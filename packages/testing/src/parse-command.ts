import { buildVocabulary, type CommandOptions, parseCommandLine, resolveInvocations, selectionOf, toTaskCall } from '@dragonfab/config'
import { usageError } from '@dragonfab/core'
import type { Project, RunHost, TaskInvocation } from '@dragonfab/plan'
import { chooseHosts, commandWords } from '@dragonfab/run'

/** A command line, resolved for a project. */
export interface ParsedCommand {
  /** The project without the plugins that the command line leaves out. */
  readonly project: Project
  readonly environment: string
  readonly hosts: readonly RunHost[]
  /** The tasks to run, with `deploy` replaced by the environment's sequence. */
  readonly tasks: readonly TaskInvocation[]
  /** The command in the form that plans, locks and histories contain. */
  readonly command: readonly string[]
  readonly options: CommandOptions
}

/**
 * Reads the words of a command line as the program does: `['production', 'deploy', '--role', 'web']`. `loginUser` returns the login user of
 * hosts for which the configuration does not name one. Throws a usage error with all problems.
 */
export async function parseCommand(
  project: Project,
  words: readonly string[],
  loginUser: (host: string) => Promise<string>,
): Promise<ParsedCommand> {
  const vocabulary = buildVocabulary(project)
  const invocation = parseCommandLine(words, vocabulary)
  const { environments, tasks, options } = invocation
  const [environment] = environments
  if (environment === undefined || environments.length > 1 || !tasks.length) {
    const message = `‘${words.join(' ')}’ must name one environment and at least one task`
    throw usageError({ code: 'TASK_MISSING', message, remedy: 'for example: production deploy' })
  }
  const selection = selectionOf(invocation)
  const names = resolveInvocations(tasks, environment, project, vocabulary).map(({ task }) => task)
  const chosen = await chooseHosts(project, { environment, tasks: names, ...selection }, loginUser)
  return {
    ...chosen,
    environment,
    tasks: resolveInvocations(tasks, environment, chosen.project, vocabulary),
    command: commandWords(
      tasks.map((call) => toTaskCall(call, vocabulary)),
      selection,
      chosen.project,
    ),
    options,
  }
}
