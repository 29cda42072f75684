import { didYouMean } from '@dragonfab/core'
import { createProblem, type NamedTaskCall, type ProblemList, type Vocabulary } from './invocation.ts'
import type { CallWord } from './words.ts'

interface NamedArgument {
  readonly name: string
  readonly value: string | undefined
}

/**
 * Gives the words' arguments their names. Values come by position (`rollback:id`), by name (`web_mode:mode=live`), as a flag
 * (`--command C`, to every task on the line that knows it), and after `--` (to the last task's first argument without a value).
 */
export function taskCalls(
  words: readonly CallWord[],
  flags: readonly NamedArgument[],
  rest: string | undefined,
  vocabulary: Vocabulary,
  problems: ProblemList,
): readonly NamedTaskCall[] {
  const used = new Set<string>()
  const calls = words.map((word, index) => {
    const names = vocabulary.tasks.get(word.name)
    if (!names) {
      problems.push({
        ...createProblem('UNKNOWN_TASK', `there is no task ‘${word.name}’`),
        remedy: didYouMean(word.name, [...vocabulary.tasks.keys()]),
      })
      return { name: word.name, args: {} }
    }
    const plain = names.map((name) => name.replace(/\?$/, ''))
    const args = assignPositional(word, plain, problems)
    for (const { name, value } of flags) {
      if (!plain.includes(name) || value === undefined) continue
      used.add(name)
      if (Object.hasOwn(args, name)) problems.push(createProblem('ARGUMENT_TWICE', `${word.name}: ‘${name}’ is given twice`))
      args[name] = value
    }
    if (rest !== undefined && index === words.length - 1) takeRest(word.name, plain, args, rest, problems)
    const missing = names.filter((name) => !name.endsWith('?') && !Object.hasOwn(args, name))
    for (const name of missing) {
      problems.push(
        createProblem('ARGUMENT_MISSING', `${word.name} needs ‘${name}’`, `write ${word.name}:${names.join(',')}, or --${name} …`),
      )
    }
    return { name: word.name, args }
  })
  for (const { name } of flags) {
    if (!used.has(name)) problems.push(createProblem('UNKNOWN_FLAG', `none of the tasks on the line takes --${name}`))
  }
  if (rest !== undefined && !words.length) problems.push(createProblem('REST_UNUSED', 'what follows -- belongs to no task'))
  return calls
}

function assignPositional(word: CallWord, names: readonly string[], problems: ProblemList): Record<string, string> {
  const args: Record<string, string> = {}
  const free = [...names]
  for (const text of word.args) {
    const equals = text.indexOf('=')
    const named = equals > 0 ? names.find((name) => name === text.slice(0, equals)) : undefined
    const name = named ?? free[0]
    if (name === undefined) {
      const takes = names.length ? `takes ${names.join(',')}` : 'takes no arguments'
      problems.push(
        createProblem('ARGUMENT_EXTRA', `${word.name} ${takes}: ‘${text}’ is too much`, 'write \\, for a comma within an argument'),
      )
      continue
    }
    if (Object.hasOwn(args, name)) problems.push(createProblem('ARGUMENT_TWICE', `${word.name}: ‘${name}’ is given twice`))
    args[name] = named === undefined ? text : text.slice(equals + 1)
    free.splice(free.indexOf(name), free.includes(name) ? 1 : 0)
  }
  return args
}

function takeRest(task: string, names: readonly string[], args: Record<string, string>, rest: string, problems: ProblemList): void {
  const name = names.find((each) => !Object.hasOwn(args, each))
  if (name === undefined) problems.push(createProblem('REST_UNUSED', `${task} takes nothing after --`))
  else if (!rest.trim()) problems.push(createProblem('ARGUMENT_MISSING', `nothing follows --`, `write ${task} -- <${name}>`))
  else args[name] = rest
}
