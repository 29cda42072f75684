import { createBus, reveal, type Secret, usageError } from '@dragonfab/core'
import type { Plan, Project, RunHost } from '@dragonfab/plan'
import { type Connection, makePlan, type RunEnd, run, savePlan } from '@dragonfab/run'
import { located } from '../config/import-module.ts'
import { attachedTo } from '../process/attached.ts'
import { confirm, confirmTyped } from '../process/prompt.ts'
import { attachedReporter } from '../reporter/attached.ts'
import { byHost } from '../reporter/by-host.ts'
import { chooseReporter } from '../reporter/choose.ts'
import { historyReporter } from '../reporter/history.ts'
import { plain } from '../reporter/paint.ts'
import { PlainReporter } from '../reporter/plain.ts'
import type { Reporter } from '../reporter/reporter.ts'
import { asking } from '../secret/asking.ts'
import { commandWords } from './command-words.ts'
import { bySsh, connectionsOf, sshBeyond } from './connections.ts'
import { askSudo, type Context, lazyPool } from './context.ts'
import { elsewhere, type OpenElsewhere } from './elsewhere.ts'
import { chooseHosts } from './hosts.ts'
import { observe } from './observers.ts'
import { invocationsOf } from './tasks.ts'

/** How often a run plans again because a fact (the release id) was taken meanwhile. */
const replans = 5

/** All that stands around a run while it is planned and run: hosts, connections, the display. */
export interface Stage {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly connections: ReadonlyMap<string, Connection>
  readonly reporter: Reporter
  readonly bus: ReturnType<typeof createBus>
  readonly password: Secret | undefined
  readonly elsewhere: OpenElsewhere
}

/** Sets a run up, does `act`, and ends all that was opened. */
export async function onStage(context: Context, environment: string, act: (stage: Stage) => Promise<number>): Promise<number> {
  const { invocation, streams, actor } = context
  const password = await askSudo(invocation.options.askSudoPassword)
  const reporter = reporterFor(context)
  const bus = createBus()
  bus.observeAll('the display', (type, event) => reporter.event(type, event))
  asking().pause = () => reporter.pause()
  const around = async <T>(question: () => Promise<T>): Promise<T> => {
    const resume = reporter.pause()
    try {
      return await question()
    } finally {
      resume()
    }
  }
  const note = (host: string, message: string, level: 'info' | 'warning' = 'info'): void => bus.emit('note', { host, message, level })
  const { pool, close } = lazyPool(around, (event) => {
    if (event.type === 'connected') return
    note(event.host, event.message, event.type === 'learned' ? 'info' : 'warning')
  })
  try {
    const tasks = invocationsOf(invocation.tasks, environment, context.project, context.vocabulary).map(({ task }) => task)
    const { project, hosts: chosen } = await chooseHosts(context.project, environment, invocation, tasks, pool)
    const hosts = attachedTask(context) === 'terminal' ? chosen.slice(0, 1) : chosen
    const [first] = hosts
    if (first && hosts.length < chosen.length) note(first.name, `the first of ${chosen.length} hosts; --host names another`)
    observe(project, bus)
    for (const { name, place, joined } of hosts)
      if (joined) note(place, `${name} takes part: it shares machine and path with what was asked for, and the release serves both`)
    const reach = bySsh(project.directory, pool)
    const ssh = sshBeyond(project.directory, pool)
    const connections = connectionsOf({ project, hosts, actor, sudoPassword: password, reach, ssh, log: note, ...nature(context, tasks) })
    const others = elsewhere({ project, actor, sudoPassword: password, pool, log: note })
    try {
      return await act({ project, hosts, connections, reporter, bus, password, elsewhere: others })
    } finally {
      await Promise.all([others.bye(), ...[...connections.values()].map((each) => each.bye().catch(() => undefined))])
    }
  } finally {
    asking().pause = undefined
    await reporter.end()
    await Promise.all([close(), streams.out.flushed()])
  }
}

/** Whether a run only looks, and whether it is for the machines around its hosts. */
function nature(
  { project, invocation: { options } }: Context,
  tasks: readonly string[],
): { readonly reads: boolean; readonly outside: boolean } {
  // A lock is set on what is there.
  const looks = (task: string) =>
    task === 'lock' || task === 'unlock' || (project.flows[task]?.flow.reads ?? project.tasks[task]?.spec.reads ?? false)
  const [around, within] = [true, false].map((side) => tasks.filter((task) => (project.tasks[task]?.spec.outside ?? false) === side))
  if (around?.length && within?.length)
    throw usageError({
      code: 'OUTSIDE_MIXED',
      message: `${around.join(', ')} runs on the machine around the host, ${within.join(', ')} within it`,
      remedy: 'give them one after the other',
    })
  const only = tasks.length > 0 && tasks.every(looks)
  return { reads: only || options.dryRun || options.planOut !== undefined, outside: (around?.length ?? 0) > 0 }
}

function reporterFor(context: Context): Reporter {
  const { invocation, project, streams } = context
  const { json, quiet, verbose } = invocation.options
  const names = invocation.tasks.map((task) => task.name)
  const quick = (name: string): boolean => {
    const spec = project.tasks[name]?.spec
    return spec?.reads ?? (spec?.attached !== undefined && !invocation.tasks.some(({ args }) => spec.around?.(args)))
  }
  const looks = (name: string): boolean => name !== 'check' && (project.flows[name]?.flow.reads ?? quick(name))
  const answers = (name: string): boolean => looks(name) || (name in project.tasks && !(name in project.flows))
  const options = {
    quiet,
    verbose,
    now: Date.now,
    looks: new Set(names.filter(looks)),
    answers: new Set(names.filter(answers)),
    onlyAnswers: names.length > 0 && names.every(answers),
  }
  const choose = (): Reporter => chooseReporter(streams, { json, ...options })
  if (attachedTask(context) && !json && !verbose)
    return attachedReporter(new PlainReporter(streams.err, streams.err, plain, options), choose)
  const reporter = choose()
  if (json) return reporter
  if (names.includes('history')) return historyReporter(reporter, streams.out)
  // A task of the project's own may print for ever (`tail -f`), a flow that looks does not.
  return byHost(reporter, new Set(names.filter((name) => project.flows[name]?.flow.reads)))
}

/** Runs tasks in an environment: plans, and runs the plan; again when a fact was taken meanwhile. */
export async function runTasks(context: Context, environment: string): Promise<number> {
  const { interruption } = context
  return onStage(context, environment, async (stage) => {
    const now = new Date()
    for (let attempt = 0; ; attempt++) {
      const planning = planFor(context, environment, stage, { attempt, now })
      if (attempt === 0) setOut(context, stage)
      const { plan, code } = await planning
      if (interruption.stop.aborted) return interruption.status
      const end = await perform(context, stage, { plan, code, replans: attempt < replans })
      if (!end.replan) return end.status
    }
  })
}

/**
 * The way to the hosts takes round trips, and so does asking a repository: both at once. Not where a plugin prepares hosts before they
 * are connected to, for a plan that cannot be made should leave nothing behind.
 */
function setOut({ invocation }: Context, { project, connections, hosts }: Stage): void {
  if (project.plugins.some(({ connect }) => connect)) return
  const { parallel = Number(hosts[0]?.env().parallel) } = invocation.options
  for (const connection of [...connections.values()].slice(0, parallel || connections.size)) connection.setOut()
}

/** Makes the plan of an invocation; asks hosts only where facts need it. */
export async function planFor(
  context: Context,
  environment: string,
  stage: Stage,
  when: Pick<Parameters<typeof makePlan>[0], 'attempt' | 'now'> = {},
): ReturnType<typeof makePlan> {
  const { invocation, vocabulary, interruption } = context
  try {
    return await makePlan({
      project: stage.project,
      environment,
      hosts: stage.hosts,
      tasks: invocationsOf(invocation.tasks, environment, stage.project, vocabulary),
      command: commandWords(invocation, stage.project, vocabulary),
      reason: invocation.options.reason,
      connections: stage.connections,
      signal: interruption.stop,
      ...when,
    })
  } catch (error) {
    throw await located(error, stage.project.directory)
  }
}

/** Runs a plan on the stage. */
export async function perform(
  context: Context,
  stage: Stage,
  made: Pick<Parameters<typeof run>[0], 'plan' | 'code' | 'standing' | 'replans'>,
): Promise<RunEnd> {
  const { invocation, interruption, actor } = context
  const env = stage.hosts[0]?.env()
  const { parallel = Number(env?.parallel), lockWaitMs = Number(env?.lockWait) * 1000 } = invocation.options
  return run({
    ...made,
    connections: stage.connections,
    bus: stage.bus,
    interruption,
    actor,
    directory: stage.project.directory,
    parallel,
    lockWaitMs,
    hidden: stage.password ? [reveal(stage.password)] : [],
    pressure: () => stage.reporter.pressure(),
    confirm: oneByOne(stage, invocation.options.yes),
    elsewhere: stage.elsewhere,
    attached: attachedTo(context, attachedTask(context)),
  })
}

/** Asks for one host after the other, without a live display in the way. */
function oneByOne({ reporter }: Stage, yes: boolean): (question: string, typed?: string) => Promise<boolean> {
  let last: Promise<unknown> = Promise.resolve()
  return (question, typed) => {
    const answer = last.then(async () => {
      const resume = reporter.pause()
      try {
        return typed === undefined ? await confirm(question, yes) : await confirmTyped(question, typed)
      } finally {
        resume()
      }
    })
    last = answer.catch(() => undefined)
    return answer
  }
}

/** Of the only task on the line: whether it has this process's streams or terminal (`once`, `shell`). */
function attachedTask({ invocation, project }: Context): 'command' | 'terminal' | undefined {
  const [only, ...more] = invocation.tasks
  return only && !more.length && !project.flows[only.name] ? project.tasks[only.name]?.spec.attached : undefined
}

/** `--plan-out`: the plan with what every host runs now. */
export async function planToSave(context: Context, environment: string, stage: Stage): Promise<Plan> {
  const { plan, code } = await planFor(context, environment, stage)
  return savePlan(plan, code, stage.connections)
}
