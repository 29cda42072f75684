import { locateError, resolveInvocations, selectionOf, toTaskCall } from '@dragonfab/config'
import { createBus, hostTarget } from '@dragonfab/core'
import type { Plan } from '@dragonfab/plan'
import {
  chooseHosts,
  commandWords,
  createSshAccess,
  makePlan,
  type OpenRun,
  openRun,
  type PlanOptions,
  planAndRun,
  type RunEnd,
  type RunOptions,
  readRunLimits,
  runPlan,
  savePlan,
} from '@dragonfab/run'
import { openCallerStdio } from '../process/caller-stdio.ts'
import { confirmAction, confirmTyped } from '../process/prompt.ts'
import type { Reporter } from '../reporter/reporter.ts'
import { promptContext } from '../secret/prompt.ts'
import { type CommandContext, createLazyPool, readSudoPassword } from './context.ts'
import { createRunReporter, stdioOf } from './run-reporter.ts'

/** An open run with its display. */
export interface RunSession extends OpenRun {
  readonly reporter: Reporter
}

/** Opens a run, calls `use`, and closes everything. */
export async function withRunSession(
  context: CommandContext,
  environment: string,
  use: (session: RunSession) => Promise<number>,
): Promise<number> {
  const { invocation, streams, actor } = context
  const sudoPassword = await readSudoPassword(invocation.options.askSudoPassword)
  const reporter = createRunReporter(context)
  const bus = createBus()
  bus.observeAll('the display', (type, event) => reporter.event(type, event))
  promptContext().pause = () => reporter.pause()
  promptContext().answers = new Map()
  const note = (host: string, message: string, level: 'info' | 'warning' = 'info'): void =>
    bus.emit('note', { target: hostTarget(host), message, level })
  const { pool, close } = createLazyPool(
    (question) => withPause(reporter, question),
    (event) => {
      if (event.type !== 'connected') note(event.host, event.message, event.type === 'learned' ? 'info' : 'warning')
    },
  )
  const access = createSshAccess(context.project.directory, pool)
  try {
    const tasks = resolveInvocations(invocation.tasks, environment, context.project, context.vocabulary).map(({ task }) => task)
    const selection = { environment, tasks, ...selectionOf(invocation) }
    const { project, hosts: chosen } = await chooseHosts(context.project, selection, access.loginUser)
    const hosts = stdioOf(context) === 'tty' ? chosen.slice(0, 1) : chosen
    const [first] = hosts
    if (first && hosts.length < chosen.length) note(first.name, `using the first of ${chosen.length} hosts; use --host to choose another`)
    const planOnly = invocation.options.dryRun || invocation.options.planOut !== undefined
    const run = openRun({ project, hosts, tasks, access, actor, sudoPassword, bus, planOnly })
    try {
      return await use({ ...run, reporter })
    } finally {
      await run.end()
    }
  } finally {
    promptContext().pause = undefined
    promptContext().answers = undefined
    await reporter.end()
    await Promise.all([close(), streams.out.flush()])
  }
}

/** Plans tasks in an environment and runs the plan. */
export async function runTasks(context: CommandContext, environment: string): Promise<number> {
  return withRunSession(context, environment, async (session) => {
    const options = { ...planOptions(context, environment, session), ...runOptions(context, session) }

    return (await planAndRun({ ...options, preconnect: true, makePlan: makeLocatedPlan })).status
  })
}

/** Makes the plan of an invocation. It asks hosts only if facts need them. */
export function createPlan(context: CommandContext, environment: string, session: RunSession): ReturnType<typeof makePlan> {
  return makeLocatedPlan(planOptions(context, environment, session))
}

/** The plan of an invocation with the live release of every host, for `--plan-out`. */
export async function createSavedPlan(context: CommandContext, environment: string, session: RunSession): Promise<Plan> {
  const { plan, code } = await createPlan(context, environment, session)
  return savePlan(plan, code, session.connections)
}

/** Runs a plan that was just made or that was saved. */
export async function executePlan(
  context: CommandContext,
  session: RunSession,
  made: Pick<RunOptions, 'plan' | 'code' | 'fingerprints'>,
): Promise<RunEnd> {
  const options = runOptions(context, session)
  return runPlan({ ...options, ...readRunLimits(session.hosts, options), ...made, directory: session.project.directory })
}

/** Makes a plan. Adds the place to errors of the project's own code. */
async function makeLocatedPlan(options: PlanOptions): ReturnType<typeof makePlan> {
  try {
    return await makePlan(options)
  } catch (error) {
    throw await locateError(error, options.project.directory)
  }
}

function planOptions({ invocation, vocabulary, interruption }: CommandContext, environment: string, session: RunSession) {
  const { project, hosts, connections, scope } = session
  return {
    project,
    environment,
    hosts,
    tasks: resolveInvocations(invocation.tasks, environment, project, vocabulary),
    command: commandWords(
      invocation.tasks.map((call) => toTaskCall(call, vocabulary)),
      selectionOf(invocation),
      project,
    ),
    reason: invocation.options.reason,
    connections,
    signal: interruption.stop,
    scope,
  } satisfies PlanOptions
}

function runOptions(context: CommandContext, { connections, bus, scope, otherEnvironments, reporter }: RunSession) {
  const { invocation, interruption, actor } = context
  const { parallel, lockWaitMs, yes } = invocation.options
  return {
    connections,
    bus,
    interruption,
    actor,
    parallel,
    lockWaitMs,
    scope,
    pressure: () => reporter.pressure(),
    confirm: createConfirm(reporter, yes),
    otherEnvironments,
    stdio: openCallerStdio(context, stdioOf(context)),
  }
}

/** Asks questions one after the other. */
function createConfirm(reporter: Reporter, yes: boolean): (question: string, typed?: string) => Promise<boolean> {
  let last: Promise<unknown> = Promise.resolve()
  return (question, typed) => {
    const ask = () => (typed === undefined ? confirmAction(question, yes) : confirmTyped(question, typed))
    const answer = last.then(() => withPause(reporter, ask))
    last = answer.catch(() => undefined)
    return answer
  }
}

/** Stops the live display while it asks. */
async function withPause<T>(reporter: Reporter, question: () => Promise<T>): Promise<T> {
  const resume = reporter.pause()
  try {
    return await question()
  } finally {
    resume()
  }
}
