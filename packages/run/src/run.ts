import { reveal, revealedSecrets, type TaskOutcome } from '@dragonfab/core'
import type { PlannedPhase, PlannedTask } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { readFingerprint } from './fingerprint.ts'
import { Ledger } from './ledger.ts'
import { Locks } from './locks.ts'
import { Mask } from './mask.ts'
import type { RunEnd, RunOptions } from './options.ts'
import type { PartRef } from './part-result.ts'
import { Prefetch } from './prefetch.ts'
import { SegmentRunner } from './segments.ts'
import { reportNotStarted, undoTask } from './undo.ts'

/** What runs is decided; this runs it: all hosts per phase, barriers, and the way back of every host that was sent what is undone. */
export async function runPlan(options: RunOptions): Promise<RunEnd> {
  return new PlanRun(options).execute()
}

class PlanRun {
  readonly #options: RunOptions
  readonly #ledger: Ledger
  readonly #locks: Locks
  readonly #segments: SegmentRunner
  /** Tasks that have begun and are over, by their places in the plan. */
  readonly #endedTasks = new Map<number, 'done' | 'failed'>()
  readonly #prefetch: Prefetch

  constructor(options: RunOptions) {
    this.#options = options
    // Each is looked up before anything is changed.
    const { local, hosts } = options.code.secrets
    for (const secrets of [local, ...hosts.values()]) for (const secret of secrets.values()) reveal(secret)
    const mask = new Mask(options.extraSecrets ?? [], revealedSecrets())
    this.#ledger = new Ledger(options.plan, options.bus, mask)
    this.#prefetch = new Prefetch(options)
    this.#locks = new Locks({ ...options, onConnecting: (host) => this.#prefetch.begin(host) })
    this.#segments = new SegmentRunner(options, { ledger: this.#ledger, locks: this.#locks, mask, prefetch: this.#prefetch })
  }

  async execute(): Promise<RunEnd> {
    const { plan, bus, interruption, connections } = this.#options
    const since = Date.now()
    const release = plan.facts.local.release
    const hosts = plan.hosts.map((host) => host.name)
    bus.emit('run:start', {
      run: plan.run,
      environment: plan.environment,
      command: plan.command,
      hosts,
      ...(typeof release === 'string' && { release }),
    })
    const stop = (): void => void this.#stop()
    const now = (): void => void this.#abort()
    interruption.stop.addEventListener('abort', stop)
    interruption.abort.addEventListener('abort', now)
    try {
      if (await this.#acquireHosts()) await this.#runTasks()
      else await this.#reportNotStarted()
      if (this.#ledger.problems.length && !interruption.abort.aborted) await this.#readLiveState()
    } finally {
      interruption.stop.removeEventListener('abort', stop)
      interruption.abort.removeEventListener('abort', now)
      this.#prefetch.end()
      // The next attempt goes on in the sessions that stand.
      const end = (each: Connection): Promise<void> => (this.#shouldReplan() ? each.pause() : each.end())
      if (!interruption.abort.aborted) await Promise.all([...connections.values()].map(end))
      await (await this.#segments.localSession())?.end()
    }
    const { problems } = this.#ledger
    // In the config's order, not in that of arrival; what has no host comes last.
    const order = (host: string | undefined): number => (host !== undefined && hosts.includes(host) ? hosts.indexOf(host) : hosts.length)
    problems.sort((one, other) => order(one.host) - order(other.host))
    const status = this.#ledger.status(interruption)
    const result = { status, ms: Date.now() - since, hosts: this.#ledger.outcomes(), tasks: this.#outcomes(status !== 0), problems }
    const replan = this.#shouldReplan()
    if (!replan) bus.emit('run:end', result)
    return { ...result, replan }
  }

  #outcomes(failed: boolean): readonly TaskOutcome[] {
    return this.#options.plan.tasks.flatMap(({ name, args = [], when, endsTask: ends }, number) => {
      const state = this.#endedTasks.get(number) ?? 'notStarted'
      const needless = when === 'onFailure' && state === 'notStarted' && (!failed || ends !== undefined)
      return needless ? [] : [{ task: name, args, when, state }]
    })
  }

  /** Whether nothing was changed and other facts may lead to an end. */
  #shouldReplan(): boolean {
    const { problems, replan, liveTaskDone } = this.#ledger
    const { mayReplan: replans = false, interruption } = this.#options
    return replans && replan && problems.length > 0 && !liveTaskDone && !interruption.stop.aborted
  }

  /** Connects and locks. A first phase that has a way back, or only looks, follows the lock's question without waiting for the answer. */
  async #acquireHosts(): Promise<boolean> {
    const { plan, fingerprints: standing, lockWaitMs = 0 } = this.#options
    const reads = plan.tasks.every((task) => task.readOnly)
    const early = lockWaitMs === 0 && !standing && (plan.tasks[0]?.phases[0]?.undo.length ?? 0) > 0
    this.#ledger.record(await this.#locks.acquire(reads ? undefined : { deferAnswer: early, waitMs: lockWaitMs }))
    if (!this.#ledger.failedHosts.size && standing) this.#ledger.record(await this.#locks.compareFingerprints(standing))
    return !this.#ledger.failedHosts.size
  }

  /** Another's lock is no failure of the task, and after an interrupt nobody waits to be told. */
  async #reportNotStarted(): Promise<void> {
    const { plan, interruption } = this.#options
    const number = plan.tasks.findIndex(({ when }) => when === 'next')
    const task = plan.tasks[number]
    if (!task || interruption.stop.aborted || this.#ledger.status(interruption) !== 1) return
    await reportNotStarted(task, number, { options: this.#options, ledger: this.#ledger, segments: this.#segments })
  }

  async #runTasks(): Promise<void> {
    const { plan, bus, interruption } = this.#options
    let failed = false
    for (const [number, task] of plan.tasks.entries()) {
      if (failed ? task.when === 'next' : task.when === 'onFailure') continue
      if (task.endsTask !== undefined && !this.#endedTasks.has(task.endsTask)) continue
      if (interruption.abort.aborted) return
      const since = Date.now()
      const told = { task: task.name, ...(task.args && { args: task.args }) }
      bus.emit('task:start', told)
      const last = !plan.tasks.slice(number + 1).some((each) => each.when !== 'onFailure')
      const ok = await this.#runTask(task, number, last)
      this.#endedTasks.set(number, ok ? 'done' : 'failed')
      bus.emit('task:end', { ...told, ok, ms: Date.now() - since })
      failed ||= !ok
      // All of it is done again: nobody is told of a failure, and what a task began stays so until then.
      if (this.#shouldReplan()) return
    }
    if (!failed) for (const host of plan.hosts) this.#ledger.setState(host.name, 'done')
  }

  async #runTask(task: PlannedTask, number: number, last: boolean): Promise<boolean> {
    const { failedHosts: failed, unknownHosts: unknown } = this.#ledger
    // What must still run after a failure (`always`) starts from a clean sheet; hosts that cannot be reached stay out.
    const before = { hosts: [...failed], local: this.#ledger.localFailed }
    if (task.when !== 'next') {
      for (const host of before.hosts) if (!unknown.has(host)) failed.delete(host)
      this.#ledger.localFailed = false
    }
    const ok = await this.#runPhases(task, number, last)
    for (const host of before.hosts) failed.add(host)
    this.#ledger.localFailed ||= before.local
    return ok
  }

  async #runPhases(task: PlannedTask, number: number, last: boolean): Promise<boolean> {
    const sent = task.phases.map(() => new Set<string>())
    for (const [index, phase] of task.phases.entries()) {
      const place = {
        task: task.name,
        phase: phase.name,
        undoing: false,
        ignoresInterrupt: task.when !== 'next',
        id: `${number}.${index}`,
        last: last && index === task.phases.length - 1,
      }
      const stopped = this.#options.interruption.stop.aborted && task.when === 'next'
      if (!stopped && (await this.#runPhase(phase, place, sent[index] ?? new Set()))) continue
      await undoTask(
        task,
        { number, failedAt: index, sent },
        {
          options: this.#options,
          ledger: this.#ledger,
          locks: this.#locks,
          segments: this.#segments,
          shouldReplan: () => this.#shouldReplan(),
        },
      )
      return false
    }
    this.#ledger.markChanged(task.phases.flatMap((phase, index) => (phase.live ? [...(sent[index] ?? [])] : [])))
    return true
  }

  async #runPhase(phase: PlannedPhase, at: Omit<PartRef, 'target'>, sent: Set<string>): Promise<boolean> {
    const { bus, plan } = this.#options
    const hosts = plan.hosts.map((host) => host.name)
    const since = Date.now()
    const place = { task: at.task, phase: at.phase, undoing: false }
    bus.emit('phase:start', { ...place, hosts })
    const ok = await this.#segments.run(phase.segments, at, { live: phase.live, sent })
    bus.emit('phase:end', { ...place, ok, ms: Date.now() - since })
    if (ok) for (const signal of phase.signals) bus.emit('signal', { signal, task: at.task, undoing: false, hosts })
    return ok
  }

  async #stop(): Promise<void> {
    const back = this.#options.plan.tasks.every((task) => task.readOnly) ? '' : ' and going the way back'
    this.#options.bus.emit('note', {
      level: 'warning',
      message: `interrupted: ending what runs${back}; once more ends it at once`,
    })
    await Promise.all([...this.#options.connections.values()].map((each) => each.stop()))
    await (await this.#segments.localSession())?.stop()
  }

  async #abort(): Promise<void> {
    await Promise.all([...this.#options.connections.values()].map((each) => each.close()))
    ;(await this.#segments.localSession())?.close()
  }

  /** After a failure the hosts are asked what they run. */
  async #readLiveState(): Promise<void> {
    const { plan, connections } = this.#options
    const reachable = plan.hosts.filter((host) => this.#locks.hasLock(host.name) && !this.#ledger.unknownHosts.has(host.name))
    await Promise.all(
      reachable.map(async (host) => {
        const connection = connections.get(host.name)
        const said = connection && (await readFingerprint(connection, host.fingerprint).catch(() => undefined))
        const line = said?.split('\n')[0]?.trim()
        if (line) this.#ledger.setLive(host.name, line)
      }),
    )
  }
}
