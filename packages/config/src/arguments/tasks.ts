import { didYouMean } from '@dragonfab/core'
import { bindArguments, plainNames, type TaskCall } from '@dragonfab/plan'
import { createProblem, type NamedTaskCall, type ProblemList, type Vocabulary } from './invocation.ts'

interface NamedArgument {
  readonly name: string
  readonly value: string | undefined
}

/**
 * Assigns values to the calls' arguments. A value is given by position (`rollback:id`), by name (`web_mode:mode=live`), as a flag
 * (`--command C`, for every task on the line that knows it), or after `--` (for the last task's first argument without a value).
 */
export function taskCalls(
  calls: readonly TaskCall[],
  given: readonly NamedArgument[],
  rest: string | undefined,
  vocabulary: Vocabulary,
  problems: ProblemList,
): readonly NamedTaskCall[] {
  const flags = given.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]))
  const used = new Set<string>()
  const named = calls.map((call, index) => {
    const names = vocabulary.tasks.get(call.task)
    if (!names) {
      problems.push({
        ...createProblem('UNKNOWN_TASK', `there is no task ‘${call.task}’`),
        remedy: didYouMean(call.task, [...vocabulary.tasks.keys()]),
      })
      return { name: call.task, args: {} }
    }
    for (const name of plainNames(names)) used.add(name)
    const bound = bindArguments(call, names, { flags, rest: index === calls.length - 1 ? rest : undefined })
    problems.push(...bound.problems)
    return { name: call.task, args: bound.args }
  })
  for (const { name } of flags) {
    if (!used.has(name)) problems.push(createProblem('UNKNOWN_FLAG', `none of the tasks on the line takes --${name}`))
  }
  if (rest !== undefined && !calls.length) problems.push(createProblem('REST_UNUSED', 'the words after -- belong to no task'))
  return named
}
