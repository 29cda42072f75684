import { createBus, hostTarget, type RunScope, type Stdio, usageError } from '@dragonfab/core'
import type { Plan, Project, RunHost } from '@dragonfab/plan'
import { type Connection, createRunScope, makePlan, type RunEnd, runPlan, savePlan } from '@dragonfab/run'
import { locateError } from '../config/import-module.ts'
import { openCallerStdio } from '../process/caller-stdio.ts'
import { confirmAction, confirmTyped } from '../process/prompt.ts'
import { chooseReporter } from '../reporter/choose.ts'
import { groupByHost } from '../reporter/group-by-host.ts'
import { historyReporter } from '../reporter/history.ts'
import { PlainReporter } from '../reporter/plain.ts'
import type { Reporter } from '../reporter/reporter.ts'
import { createStdioReporter } from '../reporter/stdio-reporter.ts'
import { paintPlain } from '../reporter/text.ts'
import { promptContext } from '../secret/prompt-context.ts'
import { commandWords } from './command-words.ts'
import { createConnections, createOnwardSsh, createSshLogin } from './connections.ts'
import { type CommandContext, createLazyPool, readSudoPassword } from './context.ts'
import { chooseHosts } from './hosts.ts'
import { observe } from './observers.ts'
import { type OpenOtherEnvironments, openOtherEnvironments } from './open-other-environments.ts'
import { resolveInvocations } from './task-words.ts'

/** How often a run plans again because a fact (the release id) was taken meanwhile. */
const maxReplans = 5

/** All that stands around a run while it is planned and run: hosts, connections, the display. */
export interface RunSession {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly connections: ReadonlyMap<string, Connection>
  readonly reporter: Reporter
  readonly bus: ReturnType<typeof createBus>
  readonly scope: RunScope
  readonly otherEnvironments: OpenOtherEnvironments
}

/** Sets a run up, does `act`, and ends all that was opened. */
export async function withRunSession(
  context: CommandContext,
  environment: string,
  use: (stage: RunSession) => Promise<number>,
): Promise<number> {
  const { invocation, streams, actor } = context
  const password = await readSudoPassword(invocation.options.askSudoPassword)
  const reporter = reporterFor(context)
  const bus = createBus()
  bus.observeAll('the display', (type, event) => reporter.event(type, event))
  promptContext().pause = () => reporter.pause()
  promptContext().answers = new Map()
  const withPause = async <T>(question: () => Promise<T>): Promise<T> => {
    const resume = reporter.pause()
    try {
      return await question()
    } finally {
      resume()
    }
  }
  const note = (host: string, message: string, level: 'info' | 'warning' = 'info'): void =>
    bus.emit('note', { target: hostTarget(host), message, level })
  const { pool, close } = createLazyPool(withPause, (event) => {
    if (event.type === 'connected') return
    note(event.host, event.message, event.type === 'learned' ? 'info' : 'warning')
  })
  try {
    const tasks = resolveInvocations(invocation.tasks, environment, context.project, context.vocabulary).map(({ task }) => task)
    const { project, hosts: chosen } = await chooseHosts(context.project, environment, invocation, tasks, pool)
    const hosts = stdioOf(context) === 'tty' ? chosen.slice(0, 1) : chosen
    const [first] = hosts
    if (first && hosts.length < chosen.length) note(first.name, `the first of ${chosen.length} hosts; --host names another`)
    observe(project, bus)
    for (const { name, target: place, companion: joined } of hosts)
      if (joined) note(place, `${name} takes part: it shares machine and path with what was asked for, and the release serves both`)
    const reach = createSshLogin(project.directory, pool)
    const ssh = createOnwardSsh(project.directory, pool)
    const connections = createConnections({
      project,
      hosts,
      actor,
      sudoPassword: password,
      openLogin: reach,
      ssh,
      log: note,
      ...classifyTasks(context, tasks),
    })
    const scope = createRunScope(async (target) => (await pool()).executor({ ...target, directory: project.directory }))
    const otherEnvironments = openOtherEnvironments({ project, actor, sudoPassword: password, pool, log: note })
    try {
      return await use({ project, hosts, connections, reporter, bus, scope, otherEnvironments })
    } finally {
      await Promise.all([otherEnvironments.end(), ...[...connections.values()].map((each) => each.end().catch(() => undefined))])
    }
  } finally {
    promptContext().pause = undefined
    promptContext().answers = undefined
    await reporter.end()
    await Promise.all([close(), streams.out.flushed()])
  }
}

/** Whether a run only looks, and whether it is for the machines around its hosts. */
function classifyTasks(
  { project, invocation: { options } }: CommandContext,
  tasks: readonly string[],
): { readonly readOnly: boolean; readonly onMachine: boolean } {
  // A lock is set on what is there.
  const isReadOnly = (task: string) =>
    task === 'lock' || task === 'unlock' || (project.flows[task]?.flow.readOnly ?? project.tasks[task]?.spec.readOnly ?? false)
  const [machineTasks, hostTasks] = [true, false].map((side) =>
    tasks.filter((task) => (project.tasks[task]?.spec.onMachine ?? false) === side),
  )
  if (machineTasks?.length && hostTasks?.length)
    throw usageError({
      code: 'TARGETS_MIXED',
      message: `${machineTasks.join(', ')} runs on the machine around the host, ${hostTasks.join(', ')} within it`,
      remedy: 'give them one after the other',
    })
  const only = tasks.length > 0 && tasks.every(isReadOnly)
  return { readOnly: only || options.dryRun || options.planOut !== undefined, onMachine: (machineTasks?.length ?? 0) > 0 }
}

function reporterFor(context: CommandContext): Reporter {
  const { invocation, project, streams } = context
  const { json, quiet, verbose } = invocation.options
  const names = invocation.tasks.map((task) => task.name)
  const quick = (name: string): boolean => {
    const spec = project.tasks[name]?.spec
    return spec?.readOnly ?? (spec?.stdio !== undefined && !invocation.tasks.some(({ args }) => spec.wrap?.(args)))
  }
  const isReadOnly = (name: string): boolean => name !== 'check' && (project.flows[name]?.flow.readOnly ?? quick(name))
  const isAnswer = (name: string): boolean => isReadOnly(name) || (name in project.tasks && !(name in project.flows))
  const options = {
    quiet,
    verbose,
    now: Date.now,
    readOnlyTasks: new Set(names.filter(isReadOnly)),
    answeringTasks: new Set(names.filter(isAnswer)),
    onlyAnswers: names.length > 0 && names.every(isAnswer),
  }
  const choose = (): Reporter => chooseReporter(streams, { json, ...options })
  if (stdioOf(context) && !json && !verbose)
    return createStdioReporter(new PlainReporter(streams.err, streams.err, paintPlain, options), choose)
  const reporter = choose()
  if (json) return reporter
  if (names.includes('history')) return historyReporter(reporter, streams.out)
  // A task of the project's own may print for ever (`tail -f`), a flow that looks does not.
  return groupByHost(reporter, new Set(names.filter((name) => project.flows[name]?.flow.readOnly)))
}

/** Runs tasks in an environment: plans, and runs the plan; again when a fact was taken meanwhile. */
export async function runTasks(context: CommandContext, environment: string): Promise<number> {
  const { interruption } = context
  return withRunSession(context, environment, async (stage) => {
    const now = new Date()
    for (let attempt = 0; ; attempt++) {
      const planning = createPlan(context, environment, stage, { attempt, now })
      if (attempt === 0) preconnectHosts(context, stage)
      const { plan, code } = await planning
      if (interruption.stop.aborted) return interruption.status
      const end = await executePlan(context, stage, { plan, code, mayReplan: attempt < maxReplans })
      if (!end.replan) return end.status
    }
  })
}

/**
 * The way to the hosts takes round trips, and so does asking a repository: both at once. Not where a plugin prepares hosts before they
 * are connected to, for a plan that cannot be made should leave nothing behind.
 */
function preconnectHosts({ invocation }: CommandContext, { project, connections, hosts }: RunSession): void {
  if (project.plugins.some(({ connect }) => connect)) return
  const { parallel = Number(hosts[0]?.env().parallel) } = invocation.options
  for (const connection of [...connections.values()].slice(0, parallel || connections.size)) connection.preconnect()
}

/** Makes the plan of an invocation; asks hosts only where facts need it. */
export async function createPlan(
  context: CommandContext,
  environment: string,
  stage: RunSession,
  when: Pick<Parameters<typeof makePlan>[0], 'attempt' | 'now'> = {},
): ReturnType<typeof makePlan> {
  const { invocation, vocabulary, interruption } = context
  try {
    return await makePlan({
      project: stage.project,
      environment,
      hosts: stage.hosts,
      tasks: resolveInvocations(invocation.tasks, environment, stage.project, vocabulary),
      command: commandWords(invocation, stage.project, vocabulary),
      reason: invocation.options.reason,
      connections: stage.connections,
      signal: interruption.stop,
      scope: stage.scope,
      ...when,
    })
  } catch (error) {
    throw await locateError(error, stage.project.directory)
  }
}

/** Runs a plan on the stage. */
export async function executePlan(
  context: CommandContext,
  stage: RunSession,
  made: Pick<Parameters<typeof runPlan>[0], 'plan' | 'code' | 'fingerprints' | 'mayReplan'>,
): Promise<RunEnd> {
  const { invocation, interruption, actor } = context
  const env = stage.hosts[0]?.env()
  const { parallel = Number(env?.parallel), lockWaitMs = Number(env?.lockWait) * 1000 } = invocation.options
  return runPlan({
    ...made,
    connections: stage.connections,
    bus: stage.bus,
    interruption,
    actor,
    directory: stage.project.directory,
    parallel,
    lockWaitMs,
    scope: stage.scope,
    pressure: () => stage.reporter.pressure(),
    confirm: askOneByOne(stage, invocation.options.yes),
    otherEnvironments: stage.otherEnvironments,
    stdio: openCallerStdio(context, stdioOf(context)),
  })
}

/** Asks for one host after the other, without a live display in the way. */
function askOneByOne({ reporter }: RunSession, yes: boolean): (question: string, typed?: string) => Promise<boolean> {
  let last: Promise<unknown> = Promise.resolve()
  return (question, typed) => {
    const answer = last.then(async () => {
      const resume = reporter.pause()
      try {
        return typed === undefined ? await confirmAction(question, yes) : await confirmTyped(question, typed)
      } finally {
        resume()
      }
    })
    last = answer.catch(() => undefined)
    return answer
  }
}

/** Of the only task on the line: whether it has this process's streams or terminal (`once`, `shell`). */
function stdioOf({ invocation, project }: CommandContext): Stdio | undefined {
  const [only, ...more] = invocation.tasks
  return only && !more.length && !project.flows[only.name] ? project.tasks[only.name]?.spec.stdio : undefined
}

/** `--plan-out`: the plan with what every host runs now. */
export async function createSavedPlan(context: CommandContext, environment: string, stage: RunSession): Promise<Plan> {
  const { plan, code } = await createPlan(context, environment, stage)
  return savePlan(plan, code, stage.connections)
}
