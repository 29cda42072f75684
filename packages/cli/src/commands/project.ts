import type { Vocabulary } from '@dragonfab/config'
import { buildVocabulary, loadConfig, parseCommandLine } from '@dragonfab/config'
import type { PreScan } from '@dragonfab/config/flags'
import { isDragonfabError } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import { escapeControls } from '../reporter/text.ts'
import { type CommandContext, readActor, standardStreams } from '../run/context.ts'

const emptyProject: Vocabulary = { environments: [], tasks: new Map(), variables: [] }

/** Runs every command that may need the project. */
export async function projectCommand(argv: readonly string[], seen: PreScan): Promise<number> {
  if (seen.first === 'new') return (await import('./new.ts')).newCommand(parseCommandLine(argv, emptyProject))
  if (seen.first === 'help') return helpCommand(argv, seen.config)
  const notes: string[] = []
  const project = await loadConfig({ cwd: process.cwd(), config: seen.config, note: (text) => notes.push(text) })
  const vocabulary = buildVocabulary(project)
  const invocation = parseCommandLine(argv, vocabulary)
  if (!invocation.options.quiet) for (const note of notes) process.stderr.write(`note: ${escapeControls(note)}\n`)
  const { listenForSignals: interruptedBySignals } = await import('@dragonfab/run')
  const interruption = interruptedBySignals()
  try {
    return await dispatch({
      project,
      vocabulary,
      invocation,
      interruption,
      streams: standardStreams(process.env),
      actor: readActor(process.env),
    })
  } catch (error) {
    // If a signal came while this process was blocked (a child asked for a secret), its handler runs only on one of the next turns.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    if (!interruption.stop.aborted) throw error
    // Work that was abandoned because of a signal is not another failure.
    process.stderr.write('interrupted before anything was changed\n')
    return interruption.status
  } finally {
    interruption.end()
  }
}

async function dispatch(context: CommandContext): Promise<number> {
  const { invocation } = context
  if (invocation.command === 'list') return (await import('./list.ts')).listCommand(context)
  if (invocation.command === 'apply') return (await import('./apply.ts')).applyCommand(context)
  if (invocation.environments.length > 1)
    return (await import('./every-environment.ts')).runEverywhere(context, (environment) => runInEnvironment(context, environment))
  return runInEnvironment(context, invocation.environments[0] ?? '')
}

async function runInEnvironment(context: CommandContext, environment: string): Promise<number> {
  const { tasks } = context.invocation
  const only = tasks.length === 1 ? tasks[0]?.name : undefined
  if (only === 'env') return (await import('./env.ts')).envCommand(context, environment)
  if (only === 'lock' || only === 'unlock') return (await import('./lock.ts')).lockCommand(context, environment, only === 'lock')
  return (await import('./tasks.ts')).tasksCommand(context, environment)
}

async function helpCommand(argv: readonly string[], config: string | undefined): Promise<number> {
  const { pluginHelp } = await import('./help-plugin.ts')
  const [name = ''] = parseCommandLine(argv, emptyProject).operands
  const project = await projectIfAny(config)
  process.stdout.write(await pluginHelp(name, project?.directory ?? process.cwd(), project))
  return 0
}

/** Prints candidates for completion. The shell asks for them at the prompt, so problems of the project are not printed. */
export async function candidatesCommand(argv: readonly string[], config: string | undefined): Promise<number> {
  const { candidatesAfter } = await import('./candidates.ts')
  const words = argv.slice(argv.indexOf('--') + 1)
  const project = await projectIfAny(config).catch(() => undefined)
  process.stdout.write(
    candidatesAfter(words, project)
      .map((each) => `${each}\n`)
      .join(''),
  )
  return 0
}

async function projectIfAny(config: string | undefined): Promise<Project | undefined> {
  try {
    return await loadConfig({ cwd: process.cwd(), config })
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'CONFIG_MISSING') return undefined
    throw error
  }
}
