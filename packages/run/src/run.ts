import { type Bus, type RunResult, reveal, revealed, type TaskOutcome } from '@dragonfab/core'
import type { Plan, PlanCode, PlannedPhase, PlannedTask } from '@dragonfab/plan'
import { Ahead } from './ahead.ts'
import type { Connection, InputSource } from './connection.ts'
import type { Elsewhere } from './elsewhere.ts'
import type { Interruption } from './interruption.ts'
import { Ledger } from './ledger.ts'
import { Locks } from './locks.ts'
import { Mask } from './mask.ts'
import type { PartPlace, RawOutput } from './part.ts'
import type { Actor } from './prelude.ts'
import { askStanding } from './standing.ts'
import { Stretches } from './stretches.ts'
import type { Terminal } from './terminal-part.ts'
import { goBack, tellNotBegun } from './way-back.ts'

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
  /** Milliseconds for connecting again to a host that was lost after something live was sent; 60,000 by default. */
  readonly reconnectMs?: number | undefined
  /** What an attached command gets of this program, on a single host. */
  readonly attached?: AttachedTo | undefined
  /** Other texts that must not be shown (the sudo password). */
  readonly hidden?: readonly string[] | undefined
  /** Given when who shows the output cannot keep up: what produces it waits. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Asks whoever runs this whether to go on; without it nobody can be asked, and the answer is no. Several may be asked for at once. */
  readonly confirm?: ((question: string, typed?: string) => Promise<boolean>) | undefined
  /** The project's other environments, for code steps; without it there are none. */
  readonly elsewhere?: Elsewhere | undefined
  /** The caller plans again when `RunEnd.replan` says so: what is done again is not told as a failure. */
  readonly replans?: boolean | undefined
  /** What each host ran when the plan was saved; compared under the lock, before anything runs. */
  readonly standing?: Readonly<Record<string, string>> | undefined
}

/** The streams and the terminal of who runs this. */
export interface AttachedTo {
  readonly raw?: RawOutput | undefined
  readonly input?: InputSource | undefined
  readonly terminal?: Terminal | undefined
}

export interface RunEnd extends RunResult {
  /** A fact was taken meanwhile, nothing was changed: plan again and run that. Never without `replans`. */
  readonly replan: boolean
}

/** What runs is decided; this runs it: all hosts per phase, barriers, and the way back of every host that was sent what is undone. */
export async function run(options: RunOptions): Promise<RunEnd> {
  return new Run(options).go()
}

class Run {
  readonly #options: RunOptions
  readonly #ledger: Ledger
  readonly #locks: Locks
  readonly #stretches: Stretches
  /** Tasks that have begun and are over, by their places in the plan. */
  readonly #ended = new Map<number, 'done' | 'failed'>()
  readonly #ahead: Ahead

  constructor(options: RunOptions) {
    this.#options = options
    // Each is looked up before anything is changed.
    for (const secrets of Object.values(options.code.secrets)) for (const secret of secrets.values()) reveal(secret)
    const mask = new Mask(options.hidden ?? [], revealed())
    this.#ledger = new Ledger(options.plan, options.bus, mask)
    this.#ahead = new Ahead(options)
    this.#locks = new Locks({ ...options, onConnecting: (host) => this.#ahead.connecting(host) })
    this.#stretches = new Stretches(options, { ledger: this.#ledger, locks: this.#locks, mask, ahead: this.#ahead })
  }

  async go(): Promise<RunEnd> {
    const { plan, bus, interruption, connections } = this.#options
    const since = Date.now()
    const release = plan.facts.here.release
    const hosts = plan.hosts.map((host) => host.name)
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
      else await this.#notBegun()
      if (this.#ledger.problems.length && !interruption.now.aborted) await this.#look()
    } finally {
      interruption.stop.removeEventListener('abort', stop)
      interruption.now.removeEventListener('abort', now)
      this.#ahead.end()
      // The next attempt goes on in the sessions that stand.
      const end = (each: Connection): Promise<void> => (this.#again() ? each.rest() : each.bye())
      if (!interruption.now.aborted) await Promise.all([...connections.values()].map(end))
      await (await this.#stretches.localSession())?.bye()
    }
    const { problems } = this.#ledger
    // In the config's order, not in that of arrival; what has no host comes last.
    const order = (host: string | undefined): number => (host !== undefined && hosts.includes(host) ? hosts.indexOf(host) : hosts.length)
    problems.sort((one, other) => order(one.host) - order(other.host))
    const status = this.#ledger.status(interruption)
    const result = { status, ms: Date.now() - since, hosts: this.#ledger.outcomes(), tasks: this.#outcomes(status !== 0), problems }
    const replan = this.#again()
    if (!replan) bus.emit('run:end', result)
    return { ...result, replan }
  }

  #outcomes(failed: boolean): readonly TaskOutcome[] {
    return this.#options.plan.tasks.flatMap(({ name, args = [], when, ends }, number) => {
      const state = this.#ended.get(number) ?? 'notBegun'
      const needless = when === 'onFailure' && state === 'notBegun' && (!failed || ends !== undefined)
      return needless ? [] : [{ task: name, args, when, state }]
    })
  }

  /** Whether nothing was changed and other facts may lead to an end. */
  #again(): boolean {
    const { problems, replan, liveTaskDone } = this.#ledger
    const { replans = false, interruption } = this.#options
    return replans && replan && problems.length > 0 && !liveTaskDone && !interruption.stop.aborted
  }

  /** Connects and locks. A first phase that has a way back, or only looks, follows the lock's question without waiting for the answer. */
  async #start(): Promise<boolean> {
    const { plan, standing, lockWaitMs = 0 } = this.#options
    const reads = plan.tasks.every((task) => task.reads)
    const early = lockWaitMs === 0 && !standing && (plan.tasks[0]?.phases[0]?.undo.length ?? 0) > 0
    this.#ledger.add(await this.#locks.ask(reads ? undefined : { early, waitMs: lockWaitMs }))
    if (!this.#ledger.failed.size && standing) this.#ledger.add(await this.#locks.compare(standing))
    return !this.#ledger.failed.size
  }

  /** Another's lock is no failure of the task, and after an interrupt nobody waits to be told. */
  async #notBegun(): Promise<void> {
    const { plan, interruption } = this.#options
    const number = plan.tasks.findIndex(({ when }) => when === 'next')
    const task = plan.tasks[number]
    if (!task || interruption.stop.aborted || this.#ledger.status(interruption) !== 1) return
    await tellNotBegun(task, number, { options: this.#options, ledger: this.#ledger, stretches: this.#stretches })
  }

  async #tasks(): Promise<void> {
    const { plan, bus, interruption } = this.#options
    let failed = false
    for (const [number, task] of plan.tasks.entries()) {
      if (failed ? task.when === 'next' : task.when === 'onFailure') continue
      if (task.ends !== undefined && !this.#ended.has(task.ends)) continue
      if (interruption.now.aborted) return
      const since = Date.now()
      const told = { task: task.name, ...(task.args && { args: task.args }) }
      bus.emit('task:start', told)
      const last = !plan.tasks.slice(number + 1).some((each) => each.when !== 'onFailure')
      const ok = await this.#task(task, number, last)
      this.#ended.set(number, ok ? 'done' : 'failed')
      bus.emit('task:end', { ...told, ok, ms: Date.now() - since })
      failed ||= !ok
      // All of it is done again: nobody is told of a failure, and what a task began stays so until then.
      if (this.#again()) return
    }
    if (!failed) for (const host of plan.hosts) this.#ledger.set(host.name, 'done')
  }

  async #task(task: PlannedTask, number: number, last: boolean): Promise<boolean> {
    const { failed, unknown } = this.#ledger
    // What must still run after a failure (`always`) starts from a clean sheet; hosts that cannot be reached stay out.
    const before = [...failed]
    if (task.when !== 'next') for (const host of before) if (!unknown.has(host)) failed.delete(host)
    const ok = await this.#phases(task, number, last)
    for (const host of before) failed.add(host)
    return ok
  }

  async #phases(task: PlannedTask, number: number, last: boolean): Promise<boolean> {
    const sent = task.phases.map(() => new Set<string>())
    for (const [index, phase] of task.phases.entries()) {
      const place = {
        task: task.name,
        phase: phase.name,
        undoing: false,
        goesOn: task.when !== 'next',
        id: `${number}.${index}`,
        last: last && index === task.phases.length - 1,
      }
      const stopped = this.#options.interruption.stop.aborted && task.when === 'next'
      if (!stopped && (await this.#phase(phase, place, sent[index] ?? new Set()))) continue
      await goBack(
        task,
        { number, failedAt: index, sent },
        {
          options: this.#options,
          ledger: this.#ledger,
          locks: this.#locks,
          stretches: this.#stretches,
          again: () => this.#again(),
        },
      )
      return false
    }
    this.#ledger.change(task.phases.flatMap((phase, index) => (phase.live ? [...(sent[index] ?? [])] : [])))
    return true
  }

  async #phase(phase: PlannedPhase, at: Omit<PartPlace, 'host'>, sent: Set<string>): Promise<boolean> {
    const { bus, plan } = this.#options
    const hosts = plan.hosts.map((host) => host.name)
    const since = Date.now()
    const place = { task: at.task, phase: at.phase, undoing: false }
    bus.emit('phase:start', { ...place, hosts })
    const ok = await this.#stretches.run(phase.stretches, at, { live: phase.live, sent })
    bus.emit('phase:end', { ...place, ok, ms: Date.now() - since })
    if (ok) for (const signal of phase.signals) bus.emit('signal', { signal, task: at.task, undoing: false, hosts })
    return ok
  }

  async #stop(): Promise<void> {
    const back = this.#options.plan.tasks.every((task) => task.reads) ? '' : ' and going the way back'
    this.#options.bus.emit('note', {
      level: 'warning',
      message: `interrupted: ending what runs${back}; once more ends it at once`,
    })
    await Promise.all([...this.#options.connections.values()].map((each) => each.stop()))
    await (await this.#stretches.localSession())?.stop()
  }

  async #now(): Promise<void> {
    await Promise.all([...this.#options.connections.values()].map((each) => each.close()))
    ;(await this.#stretches.localSession())?.close()
  }

  /** After a failure the hosts are asked what they run. */
  async #look(): Promise<void> {
    const { plan, connections } = this.#options
    const reachable = plan.hosts.filter((host) => this.#locks.holds(host.name) && !this.#ledger.unknown.has(host.name))
    await Promise.all(
      reachable.map(async (host) => {
        const connection = connections.get(host.name)
        const said = connection && (await askStanding(connection, host.standing).catch(() => undefined))
        const line = said?.split('\n')[0]?.trim()
        if (line) this.#ledger.runs(host.name, line)
      }),
    )
  }
}
