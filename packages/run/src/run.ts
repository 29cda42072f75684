import {
  type Bus,
  exit,
  type HostOutcome,
  here,
  localExecutor,
  type Part,
  type Plan,
  type PlanCode,
  type PlannedPhase,
  type PlannedTask,
  type Problem,
  problemOf,
  quote,
  type RunResult,
  reveal,
  type Stretch,
} from '@dragonfab/core'
import pLimit from 'p-limit'
import type { Connection } from './connection.ts'
import type { Interruption } from './interruption.ts'
import { Locks } from './locks.ts'
import { Mask } from './mask.ts'
import { type PartEnd, type PartPlace, runCode, runScript } from './part.ts'
import { type Actor, holes } from './prelude.ts'
import { recover } from './recover.ts'
import { Session } from './session/session.ts'
import { askStanding } from './standing.ts'

export interface RunOptions {
  readonly plan: Plan
  readonly code: PlanCode
  /** One per host of the plan, by its name. */
  readonly connections: ReadonlyMap<string, Connection>
  readonly bus: Bus
  readonly interruption: Interruption
  readonly actor: Actor
  /** The config's folder. */
  readonly directory: string
  /** How many hosts work at the same time; all by default. */
  readonly parallel?: number | undefined
  /** Milliseconds to wait for a lock that another holds; 0 by default. */
  readonly lockWaitMs?: number | undefined
  /** Other texts that must not be shown (the sudo password). */
  readonly hidden?: readonly string[] | undefined
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Compared under the lock, before anything runs: what `standing` printed when the plan was saved. */
  readonly standing?: Readonly<Record<string, string>> | undefined
}

export interface RunEnd extends RunResult {
  /** A fact was taken meanwhile, nothing was changed: plan again and run that. */
  readonly replan: boolean
}

/** What runs is decided; this runs it: all hosts per phase, barriers, and the way back of every host that was sent what is undone. */
export async function run(options: RunOptions): Promise<RunEnd> {
  return new Run(options).go()
}

class Run {
  readonly #options: RunOptions
  readonly #mask: Mask
  readonly #problems: Problem[] = []
  readonly #failed = new Set<string>()
  /** Hosts whose end is not known, since the connection was lost and did not come back. */
  readonly #unknown = new Set<string>()
  readonly #states = new Map<string, HostOutcome['state']>()
  readonly #live = new Map<string, string>()
  readonly #locks: Locks
  #here: Promise<Session> | undefined
  #replan = false
  #liveTaskDone = false

  constructor(options: RunOptions) {
    this.#options = options
    this.#mask = new Mask([
      ...Object.values(options.code.secrets).flatMap((each) => [...each.values()].map(reveal)),
      ...(options.hidden ?? []),
    ])
    this.#locks = new Locks(options)
  }

  async go(): Promise<RunEnd> {
    const { plan, bus, interruption } = this.#options
    const since = Date.now()
    const hosts = plan.hosts.map((host) => host.name)
    for (const host of hosts) this.#states.set(host, 'untouched')
    const release = plan.facts.here.release
    bus.emit('run:start', {
      run: plan.run,
      environment: plan.environment,
      command: plan.command,
      hosts,
      ...(typeof release === 'string' && { release }),
    })
    const stop = (): void => void this.#stop()
    const now = (): void => void this.#now()
    interruption.stop.addEventListener('abort', stop)
    interruption.now.addEventListener('abort', now)
    try {
      if (await this.#start()) await this.#tasks()
      if (this.#problems.length && !interruption.now.aborted) await this.#look()
    } finally {
      interruption.stop.removeEventListener('abort', stop)
      interruption.now.removeEventListener('abort', now)
      if (!interruption.now.aborted) await Promise.all([...this.#options.connections.values()].map((each) => each.bye()))
      const local = await this.#here?.catch(() => undefined)
      local?.bye()
    }
    const result: RunEnd = {
      status: this.#status(),
      ms: Date.now() - since,
      hosts: this.#outcomes(),
      problems: this.#problems,
      replan: this.#replan && this.#problems.length > 0 && !this.#liveTaskDone,
    }
    if (!result.replan) bus.emit('run:end', { status: result.status, ms: result.ms, hosts: result.hosts, problems: result.problems })
    return result
  }

  /** Connects and locks. With a first phase that has a way back, its scripts follow the lock's question without waiting for the answer. */
  async #start(): Promise<boolean> {
    const { plan, standing, lockWaitMs = 0 } = this.#options
    const first = plan.tasks[0]
    const reads = plan.tasks.every((task) => task.reads)
    const early = lockWaitMs === 0 && !standing && first !== undefined && (reads || (first.phases[0]?.undo.length ?? 0) > 0)
    this.#add(await this.#locks.ask(reads ? undefined : { early, waitMs: lockWaitMs }))
    if (this.#failed.size) return false
    if (standing) this.#add(await this.#locks.compare(standing))
    return !this.#failed.size
  }

  async #tasks(): Promise<void> {
    const { plan, bus } = this.#options
    let failed = false
    for (const [index, task] of plan.tasks.entries()) {
      if (failed ? task.when === 'next' : task.when === 'onFailure') continue
      const since = Date.now()
      bus.emit('task:start', { task: task.name })
      const last = !plan.tasks.slice(index + 1).some((each) => each.when !== 'onFailure')
      const ok = await this.#task(task, index, last)
      bus.emit('task:end', { task: task.name, ok, ms: Date.now() - since })
      failed ||= !ok
      if (this.#options.interruption.now.aborted) return
    }
    if (!failed) for (const host of plan.hosts) this.#states.set(host.name, 'done')
  }

  async #task(task: PlannedTask, number: number, last: boolean): Promise<boolean> {
    const sent = task.phases.map(() => new Set<string>())
    // A task that must still run after a failure (`always`) starts from a clean sheet; hosts that cannot be reached stay out.
    const before = new Set(this.#failed)
    if (task.when !== 'next') for (const host of before) if (!this.#unknown.has(host)) this.#failed.delete(host)
    for (const [index, phase] of task.phases.entries()) {
      const place = {
        task: task.name,
        phase: phase.name,
        undoing: false,
        id: `${number}.${index}`,
        last: last && index === task.phases.length - 1,
      }
      const ok = !this.#options.interruption.stop.aborted && (await this.#phase(phase, place, sent[index] ?? new Set()))
      if (ok) continue
      await this.#back(task, number, sent, index)
      for (const host of before) this.#failed.add(host)
      return false
    }
    if (task.phases.some((phase) => phase.live)) this.#liveTaskDone = true
    for (const host of before) this.#failed.add(host)
    return true
  }

  async #phase(phase: PlannedPhase, at: Omit<PartPlace, 'host'>, sent: Set<string>): Promise<boolean> {
    const { bus, plan } = this.#options
    const hosts = plan.hosts.map((host) => host.name)
    const since = Date.now()
    bus.emit('phase:start', { task: at.task, phase: at.phase, undoing: false, hosts })
    const ok = await this.#stretches(phase.stretches, at, { live: phase.live, sent, only: undefined })
    bus.emit('phase:end', { task: at.task, phase: at.phase, undoing: false, ok, ms: Date.now() - since })
    if (ok) for (const signal of phase.signals) bus.emit('signal', { signal, task: at.task, undoing: false, hosts })
    return ok
  }

  /** The stretches one after the other; on the hosts of `only`, or on all. */
  async #stretches(
    stretches: readonly Stretch[],
    at: Omit<PartPlace, 'host'>,
    mode: { readonly live: boolean; readonly sent: Set<string>; readonly only: ReadonlySet<string> | undefined },
  ): Promise<boolean> {
    for (const [index, stretch] of stretches.entries()) {
      const place = { ...at, id: `${at.id}.${index}${at.undoing ? 'u' : ''}`, last: at.last && index === stretches.length - 1 }
      if (stretch.kind === 'here') {
        if (mode.only && !stretch.hosts.some((host) => mode.only?.has(host))) continue
        this.#take(here, await this.#part(stretch.part, { ...place, host: here }, false))
      } else {
        const limit = pLimit(this.#options.parallel ?? Math.max(1, this.#options.connections.size))
        const hosts = Object.entries(stretch.parts).filter(([host]) => !mode.only || mode.only.has(host))
        await Promise.all(hosts.map(([host, parts]) => limit(() => this.#host(host, parts, place, mode))))
      }
      if (this.#failed.size && !mode.only) return false
      if (this.#options.interruption.stop.aborted && !at.undoing) return false
      if (this.#options.interruption.now.aborted) return false
    }
    return !mode.only || ![...mode.only].some((host) => this.#failed.has(host))
  }

  async #host(
    host: string,
    parts: readonly Part[],
    at: Omit<PartPlace, 'host'>,
    mode: { readonly live: boolean; readonly sent: Set<string> },
  ): Promise<void> {
    const { interruption } = this.#options
    for (const [index, part] of parts.entries()) {
      if (interruption.now.aborted || (interruption.stop.aborted && !at.undoing)) return
      mode.sent.add(host)
      const place = { ...at, host, id: `${at.id}.${index}`, last: at.last && index === parts.length - 1 }
      const end = await this.#part(part, place, mode.live)
      this.#take(host, end)
      if (end.problems.length) return
    }
  }

  async #part(part: Part, at: PartPlace, live: boolean): Promise<PartEnd> {
    const { bus, code, connections, directory, interruption, pressure } = this.#options
    const connection = connections.get(at.host)
    const telling = { bus, mask: this.#mask, pressure }
    try {
      if (part.kind === 'code') {
        const signal = at.undoing ? interruption.now : interruption.stop
        return await runCode(part, code.steps.get(part.key), at, connection, { ...telling, directory, signal })
      }
      const session = connection ? await connection.sessionAs(part.as) : await this.#localSession()
      const end = await runScript(session, part, at, telling)
      if (!connection) return end
      const refused = await this.#locks.refusal(at.host)
      if (refused) return { problems: [refused], lost: false, replan: false }
      if (!end.lost || interruption.stop.aborted || !(live || at.undoing)) return end
      return await recover({
        connection,
        at,
        end,
        bus,
        lock: () => this.#locks.again(at.host),
        found: () => this.#unknown.delete(at.host),
        missing: () => this.#unknown.add(at.host),
      })
    } catch (error) {
      return { problems: [problemOf(error, { code: 'HOST_FAILED', host: at.host })], lost: true, replan: false }
    }
  }

  #take(host: string, end: PartEnd): void {
    this.#replan ||= end.replan
    if (!end.problems.length) return
    if (this.#options.interruption.stop.aborted && end.lost) {
      this.#failed.add(host)
      return
    }
    this.#add(end.problems.map((problem) => ({ ...problem, host: problem.host ?? host })))
    this.#failed.add(host)
  }

  #add(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const { cause, ...rest } = problem
      const shown = { ...rest, message: this.#mask.text(problem.message), ...(cause !== undefined && { cause: this.#mask.text(cause) }) }
      this.#problems.push(shown)
      if (problem.host !== undefined) {
        this.#failed.add(problem.host)
        this.#options.bus.emit('host:failed', { host: problem.host, problem: shown })
      }
    }
  }

  /** The way back: from the phase that failed to the first, each on every host that was sent it; then what is told after a failure. */
  async #back(task: PlannedTask, number: number, sent: readonly Set<string>[], failedAt: number): Promise<void> {
    const { bus, interruption, plan } = this.#options
    if (interruption.now.aborted) {
      this.#mark(task, sent)
      return
    }
    const failures = new Set(this.#failed)
    const notBack = new Set<string>()
    for (let index = failedAt; index >= 0; index--) {
      const phase = task.phases[index]
      const only = sent[index]
      if (!phase || !only?.size || !phase.undo.length) continue
      // Hosts that were lost and did not come back cannot be put back.
      const reachable = new Set([...only].filter((host) => !this.#unknown.has(host)))
      for (const host of reachable) this.#failed.delete(host)
      const since = Date.now()
      bus.emit('phase:start', { task: task.name, phase: phase.name, undoing: true, hosts: [...reachable] })
      const place = { task: task.name, phase: phase.name, undoing: true, id: `${number}.${index}u`, last: false }
      const ok = await this.#stretches(phase.undo, place, { live: true, sent: new Set(), only: reachable })
      bus.emit('phase:end', { task: task.name, phase: phase.name, undoing: true, ok, ms: Date.now() - since })
      if (phase.live) for (const host of reachable) if (this.#failed.has(host)) notBack.add(host)
    }
    this.#mark(task, sent, notBack)
    const result = task.phases.some((phase, index) => phase.live && sent[index]?.size)
      ? notBack.size
        ? 'notPutBack'
        : 'putBack'
      : 'failed'
    const reachable = new Set(plan.hosts.map((host) => host.name).filter((host) => !this.#unknown.has(host) && this.#locks.holds(host)))
    await Promise.all([...reachable].map(async (host) => (await this.#options.connections.get(host)?.session())?.set(`RESULT=${result}`)))
    const kept = new Set(this.#failed)
    const before = this.#problems.length
    await this.#stretches(
      task.failed,
      { task: task.name, phase: 'failed', undoing: true, id: `${number}.f`, last: true },
      { live: false, sent: new Set(), only: reachable },
    )
    // What is told after a failure is told as well as it can be; it adds nothing to the failure.
    this.#problems.length = before
    this.#failed.clear()
    for (const host of [...kept, ...failures]) this.#failed.add(host)
  }

  #mark(task: PlannedTask, sent: readonly Set<string>[], notBack?: ReadonlySet<string>): void {
    const live = new Set(task.phases.flatMap((phase, index) => (phase.live ? [...(sent[index] ?? [])] : [])))
    for (const host of live)
      this.#states.set(host, this.#unknown.has(host) ? 'unknown' : !notBack || notBack.has(host) ? 'notPutBack' : 'putBack')
  }

  async #stop(): Promise<void> {
    this.#options.bus.emit('note', {
      level: 'warning',
      message: 'interrupted: ending what runs and going the way back; once more ends it at once',
    })
    await Promise.all([...this.#options.connections.values()].map((each) => each.stop()))
    await (await this.#here)?.stop()
  }

  async #now(): Promise<void> {
    await Promise.all([...this.#options.connections.values()].map((each) => each.close()))
    ;(await this.#here)?.close()
  }

  /** The session of steps on this machine. */
  #localSession(): Promise<Session> {
    this.#here ??= (async () => {
      const session = await Session.open(localExecutor(here))
      await session.set(`cd -- ${quote(this.#options.directory)}\n${holes(this.#options.code.secrets[here] ?? new Map())}`)
      return session
    })()
    return this.#here
  }

  #status(): number {
    const states = [...this.#states.values()]
    const { interruption } = this.#options
    if (states.includes('unknown')) return exit.unknown
    if (states.includes('notPutBack')) return exit.notPutBack
    if (interruption.stop.aborted) return interruption.status
    if (!this.#problems.length) return exit.done
    if (states.includes('putBack')) return this.#liveTaskDone ? exit.notPutBack : exit.putBack
    if (this.#liveTaskDone) return exit.notPutBack
    return this.#problems.every((problem) => problem.code === 'LOCKED') ? exit.locked : exit.failed
  }

  /** After a failure the hosts are asked what they run. */
  async #look(): Promise<void> {
    const reachable = this.#options.plan.hosts.filter((host) => this.#locks.holds(host.name) && !this.#unknown.has(host.name))
    await Promise.all(
      reachable.map(async (host) => {
        const connection = this.#options.connections.get(host.name)
        const said = connection && (await askStanding(connection, host.standing).catch(() => undefined))
        const line = said?.split('\n')[0]?.trim()
        if (line) this.#live.set(host.name, line)
      }),
    )
  }

  #outcomes(): readonly HostOutcome[] {
    return this.#options.plan.hosts.map(({ name }) => {
      const live = this.#live.get(name)
      return { host: name, state: this.#states.get(name) ?? 'untouched', ...(live !== undefined && { live }) }
    })
  }
}
