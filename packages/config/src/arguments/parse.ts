import { didYouMean, quote, usageError } from '@dragonfab/core'
import { commandNames, parseTaskCall, plainNames } from '@dragonfab/plan'
import { type CommandLine, createProblem, type NamedTaskCall, type ProblemList, type Vocabulary } from './invocation.ts'
import { FlagValues, readOptions } from './options.ts'
import { readOverrideFlags } from './overrides.ts'
import { knownFlags, scanWords } from './scan.ts'
import { taskCalls } from './tasks.ts'
import { VariableFlags } from './variables.ts'

/**
 * Parses a command line in a project: `production deploy`, `release -s production -r web`, `list --json`.
 * Throws a usage error with every mistake in it.
 */
export function parseCommandLine(argv: readonly string[], vocabulary: Vocabulary): CommandLine {
  const problems: ProblemList = []
  const variables = new VariableFlags(vocabulary.variables)
  const taskArgs = new Set(plainNames([...vocabulary.tasks.values()].flat()))
  const scanned = scanWords(argv, variables, { names: taskArgs, switches: switchesOf(argv, vocabulary) }, problems)
  const flags = new FlagValues(scanned)
  const stages = flags.texts('stage')
  if (new Set(stages).size > 1) problems.push(createProblem('ENVIRONMENT_TWICE', `one environment at a time, not ${stages.join(' and ')}`))
  const stage = stages.at(-1)

  const command = stage === undefined ? commandNames.find((each) => each === scanned.words[0]) : undefined
  // In `--gti-branch next`, `next` is part of the same mistake, so it is not reported as an unknown word too.
  const certain = scanned.words.filter((word, index) => !scanned.doubtful.has(index) || isKnownWord(word, vocabulary))
  const words = certain.map(parseTaskCall)
  const roles = flags.lists('role')
  // `release -r web`: in every environment that has the role.
  const everywhere = !command && stage === undefined && roles.length > 0 && isTask(words[0]?.task, vocabulary)
  const [task] = words
  const here = !command && stage === undefined && isTask(task?.task, vocabulary) && vocabulary.withoutEnvironment?.has(task?.task ?? '')
  const chosen = command || everywhere || here || stage !== undefined ? undefined : words.shift()
  const named = stage === undefined ? chosen?.task : parseTaskCall(stage).task
  const environment = command || everywhere ? undefined : here ? vocabulary.localEnvironment : named
  const environments = everywhere ? pickRoles(roles, vocabulary, problems) : environment === undefined ? [] : [environment]
  const environmentArgs = command ? [] : ((stage === undefined ? chosen?.args : parseTaskCall(stage).args) ?? [])
  const wantsHelp = flags.isOn('help') || flags.isOn('version')

  let tasks: readonly NamedTaskCall[] = []
  if (!command && !wantsHelp) {
    if (here && environment === undefined)
      problems.push(
        createProblem(
          'ENVIRONMENT_MISSING',
          'no environment contains only this machine',
          "declare one: local: { hosts: ['local'], path: './.deployed' }",
        ),
      )
    else if (!everywhere) checkEnvironment(environment, vocabulary, problems)
    const rest = scanned.rest && joinCommand(scanned.rest, quote)
    const valued = scanned.unknown.filter((each) => each.value !== undefined && taskArgs.has(each.name))
    const defaultTask = words.length || environment === undefined ? undefined : vocabulary.defaultTasks?.get(environment)
    tasks = taskCalls(defaultTask === undefined ? words : [parseTaskCall(defaultTask)], valued, rest, vocabulary, problems)
    if (!tasks.length && !scanned.doubtful.size && environment !== undefined) {
      problems.push(createProblem('TASK_MISSING', `no task given for ${environment}`, `for example: dragonfab ${environment} deploy`))
    }
  }
  for (const each of scanned.unknown) {
    if (!command && each.value !== undefined && taskArgs.has(each.name)) continue
    const written = `--${each.name}`
    const remedy = didYouMean(written, knownFlags(variables)) ?? 'see dragonfab help'
    problems.push(createProblem('UNKNOWN_FLAG', `there is no flag or variable ${written}`, remedy))
  }
  const overrides = readOverrideFlags(scanned, flags, variables, environmentArgs, problems)
  const options = readOptions(flags, problems)
  if (problems.length) throw usageError(problems)
  return {
    ...(command ? { command } : {}),
    operands: command ? [...scanned.words.slice(1), ...(scanned.rest ?? [])] : [],
    environments,
    tasks,
    roles,
    hosts: flags.lists('host'),
    overrides,
    options,
  }
}

/** The switches of the tasks on the line. Without them nobody can know which words are values of flags. */
function switchesOf(argv: readonly string[], { switches }: Vocabulary): ReadonlySet<string> {
  const end = argv.indexOf('--')
  return new Set((end < 0 ? argv : argv.slice(0, end)).flatMap((word) => switches?.get(parseTaskCall(word).task) ?? []))
}

function isKnownWord(word: string, vocabulary: Vocabulary): boolean {
  const { task: name } = parseTaskCall(word)
  return vocabulary.tasks.has(name) || vocabulary.environments.includes(name)
}

function isTask(word: string | undefined, { tasks, environments }: Vocabulary): boolean {
  return word !== undefined && tasks.has(word) && !environments.includes(word)
}

/** The environments that have all of these roles. */
function pickRoles(
  roles: readonly string[],
  { environments, roles: known = new Map() }: Vocabulary,
  problems: ProblemList,
): readonly string[] {
  const found = environments.filter((name) => roles.every((role) => known.get(name)?.includes(role)))
  if (!found.length) {
    const all = [...known.values()].flat()
    problems.push({
      ...createProblem('UNKNOWN_ROLE', `no environment has ${roles.map((role) => `role ‘${role}’`).join(' and ')}`),
      remedy: didYouMean(roles[0] ?? '', all),
    })
  }
  return found
}

function checkEnvironment(environment: string | undefined, vocabulary: Vocabulary, problems: ProblemList): void {
  if (environment === undefined) {
    problems.push(createProblem('ENVIRONMENT_MISSING', 'no environment given', `name one of: ${vocabulary.environments.join(', ')}`))
  } else if (!vocabulary.environments.includes(environment)) {
    const swapped = vocabulary.tasks.has(environment)
    problems.push({
      ...createProblem('UNKNOWN_ENVIRONMENT', `there is no environment ‘${environment}’`),
      remedy: swapped
        ? `‘${environment}’ is a task: write dragonfab <environment> ${environment}, or dragonfab ${environment} -s <environment>`
        : didYouMean(environment, [...vocabulary.environments, ...commandNames]),
    })
  }
}

/**
 * Joins the words after `--` into one command for a shell. A single word is already shell text. Several words are a program and its
 * arguments: each is quoted, as the local shell had split them.
 */
function joinCommand(words: readonly string[], quote: (word: string) => string): string {
  return words.length === 1 ? (words[0] ?? '') : words.map(quote).join(' ')
}
