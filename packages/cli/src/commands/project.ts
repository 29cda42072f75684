import { isDragonfabError } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import type { Glance } from '../arguments/glance.ts'
import type { Invocation, Vocabulary } from '../arguments/invocation.ts'
import { parse } from '../arguments/parse.ts'
import { loadConfig } from '../config/load.ts'
import { canAsk, confirm } from '../process/prompt.ts'
import { visible } from '../reporter/escape.ts'
import { actorOf, type Context, standardStreams } from '../run/context.ts'
import { vocabularyOf } from '../run/vocabulary.ts'

const nothing: Vocabulary = { environments: [], tasks: new Map(), variables: [] }

/** Every command that may need the project. */
export async function projectCommand(argv: readonly string[], seen: Glance): Promise<number> {
  if (seen.first === 'new') return newProject(parse(argv, nothing))
  if (seen.first === 'help') return helpCommand(argv, seen.config)
  const notes: string[] = []
  const project = await loadConfig({ cwd: process.cwd(), config: seen.config, note: (text) => notes.push(text) })
  const vocabulary = vocabularyOf(project)
  const invocation = parse(argv, vocabulary)
  if (!invocation.options.quiet) for (const note of notes) process.stderr.write(`note: ${visible(note)}\n`)
  const { interruptedBySignals } = await import('@dragonfab/run')
  const interruption = interruptedBySignals()
  try {
    return await dispatch({
      project,
      vocabulary,
      invocation,
      interruption,
      streams: standardStreams(process.env),
      actor: actorOf(process.env),
    })
  } catch (error) {
    // A signal that came while this process stood still (another one asked for a secret) is only heard on the next turns.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    if (!interruption.stop.aborted) throw error
    // What is given up because of a signal is no failure of its own.
    process.stderr.write('interrupted before anything was changed\n')
    return interruption.status
  } finally {
    interruption.end()
  }
}

async function dispatch(context: Context): Promise<number> {
  const { invocation } = context
  if (invocation.command === 'list') return (await import('./list.ts')).listCommand(context)
  if (invocation.command === 'apply') return (await import('./apply.ts')).applyCommand(context)
  if (invocation.environments.length > 1)
    return (await import('./everywhere.ts')).everywhere(context, (environment) => inOne(context, environment))
  return inOne(context, invocation.environments[0] ?? '')
}

async function inOne(context: Context, environment: string): Promise<number> {
  const { tasks } = context.invocation
  const only = tasks.length === 1 ? tasks[0]?.name : undefined
  if (only === 'env') return (await import('./env.ts')).envCommand(context, environment)
  if (only === 'lock' || only === 'unlock') return (await import('./lock.ts')).lockCommand(context, environment, only === 'lock')
  return (await import('./tasks.ts')).tasksCommand(context, environment)
}

async function newProject(invocation: Invocation): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const { from, plugin } = invocation.options
  if (plugin !== undefined)
    return (await import('../new/plugin.ts')).newPlugin({ cwd: process.cwd(), name: plugin, operands: invocation.operands, say })
  if (from !== undefined) return (await import('../new/from.ts')).newFrom({ cwd: process.cwd(), from, say })
  const { newCommand } = await import('../new/new.ts')
  return newCommand({ cwd: process.cwd(), operands: invocation.operands, yes: invocation.options.yes, ask: confirm, canAsk: canAsk(), say })
}

async function helpCommand(argv: readonly string[], config: string | undefined): Promise<number> {
  const { pluginHelp } = await import('./help-plugin.ts')
  const [name = ''] = parse(argv, nothing).operands
  const project = await projectIfAny(config)
  process.stdout.write(await pluginHelp(name, project?.directory ?? process.cwd(), project))
  return 0
}

/** Completion is asked at every key: whatever is wrong with the project, it stays silent. */
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
