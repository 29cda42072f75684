import { setTimeout as sleep } from 'node:timers/promises'
import { type Bus, type Problem, quote, toProblem } from '@dragonfab/core'
import type { Plan, PlanCode, PlannedHost } from '@dragonfab/plan'
import pLimit from 'p-limit'
import type { Connection } from './connection.ts'
import type { Interruption } from './interruption.ts'
import type { Holder, LockAnswer } from './lock.ts'
import { describeRejection, stateUnwritable } from './lock-problems.ts'
import type { Actor } from './prelude.ts'

interface LocksOptions {
  readonly plan: Plan
  readonly code: PlanCode
  readonly connections: ReadonlyMap<string, Connection>
  readonly bus: Bus
  readonly actor: Actor
  readonly interruption: Interruption
  readonly parallel?: number | undefined
  readonly lockWaitMs?: number | undefined
  /** Called when a host's session is being opened. */
  readonly onConnecting?: ((host: string) => void) | undefined
}

/** The delay between two requests for a lock, in milliseconds. The random spread keeps two waiting runs from colliding for ever. */
const retryDelayMs = { least: 400, spread: 600 }

/** The least time to wait for a lock that was released during a command, in milliseconds: most deployments end within it. */
const reacquireMs = 60_000

/** The locks of all hosts of a run. A run holds all of them or none, and never waits for one while it holds another. */
export class Locks {
  readonly #options: LocksOptions
  readonly #answers = new Map<string, Promise<LockAnswer>>()
  readonly #lockedHosts = new Set<string>()
  #wantsLock = true

  constructor(options: LocksOptions) {
    this.#options = options
  }

  /**
   * Connects to all hosts and asks for their locks. Without `lock` (the run is read-only) it only connects. With `deferAnswer` the request is
   * sent, and {@link rejection} reads the answer. Returns the problems of all hosts.
   */
  async acquire(lock: { readonly deferAnswer: boolean; readonly waitMs: number } | undefined): Promise<readonly Problem[]> {
    this.#wantsLock = lock !== undefined
    const deadline = Date.now() + (lock?.waitMs ?? 0)
    for (;;) {
      const problems = await this.#connect()
      if (problems.length) return problems
      if (!lock || lock.deferAnswer) return []
      const rejections = (await Promise.all(this.#options.plan.hosts.map((host) => this.rejection(host.name)))).flatMap(
        (each) => each ?? [],
      )
      const patient = rejections.length > 0 && rejections.every((each) => each.code === 'LOCKED') && Date.now() < deadline
      if (!patient || this.#options.interruption.stop.aborted) return rejections
      const [first] = rejections
      if (first) this.#options.bus.emit('lock:waiting', { host: first.host ?? '', holder: first.message, untilMs: deadline })
      // A run holds no lock while it waits, so two runs with their hosts in opposite order cannot wait for each other.
      await Promise.all([...this.#options.connections.values()].map((each) => each.unlock()))
      this.#lockedHosts.clear()
      await sleep(retryDelayMs.least + Math.random() * retryDelayMs.spread)
    }
  }

  async #connect(): Promise<readonly Problem[]> {
    const limit = pLimit(this.#options.parallel ?? Math.max(1, this.#options.connections.size))
    const problems = await Promise.all(
      this.#options.plan.hosts.map((host) =>
        limit(async (): Promise<readonly Problem[]> => {
          const since = Date.now()
          try {
            const preparing = this.#requestLock(host)
            this.#options.onConnecting?.(host.name)
            await preparing
            const session = await this.#connection(host.name).session()
            this.#options.bus.emit('host:connected', { host: host.name, label: session.label, ms: Date.now() - since })
            return []
          } catch (error) {
            return [{ ...toProblem(error, { code: 'HOST_UNREACHABLE', host: host.name }), host: host.name }]
          }
        }),
      ),
    )
    return problems.flat()
  }

  /** Waits for the answer to the request for the lock. Returns the problem if this run may not change the host. */
  async rejection(host: string): Promise<Problem | undefined> {
    const answer = await this.#answers.get(host)
    if (!answer || answer.kind === 'locked') {
      this.#lockedHosts.add(host)
      return undefined
    }
    if (answer.kind === 'held' && answer.holder.run === this.#options.plan.run && answer.holder.pid === this.#options.actor.pid)
      return {
        code: 'PLACE_TWICE',
        host,
        message: 'another host of this run is the same machine and path, and already has the lock',
        remedy: 'use the same name and address for the machine in all roles, or give each role its own path (%(role)s in path)',
      }
    return describeRejection(this.#findHost(host), answer)
  }

  /** True if this run has the lock, or needs none. */
  hasLock(host: string): boolean {
    return this.#lockedHosts.has(host)
  }

  /** After a reconnection: takes over the lock of this same run, which the lost session releases when it notices. */
  async reacquireAfterReconnect(host: string): Promise<boolean> {
    const plannedHost = this.#findHost(host)
    for (let tries = 0; tries < 60; tries++) {
      await this.#requestLock(plannedHost)
      const answer = await this.#answers.get(host)
      if (answer?.kind === 'locked') return true
      if (answer?.kind !== 'held' || answer.holder.run !== this.#options.plan.run) return false
      await sleep(500)
    }
    return false
  }

  /** Takes the lock again that was released during a command. Waits while another run has it, but not for a lock that was set by hand. */
  async reacquireAfterLoan(host: string): Promise<Problem | undefined> {
    const plannedHost = this.#findHost(host)
    const deadline = Date.now() + Math.max(this.#options.lockWaitMs ?? 0, reacquireMs)
    for (;;) {
      await this.#requestLock(plannedHost)
      const rejected = await this.rejection(host)
      if (!rejected) return undefined
      this.#lockedHosts.delete(host)
      const answer = await this.#answers.get(host)
      if (answer?.kind !== 'held' || Date.now() > deadline || this.#options.interruption.abort.aborted) return rejected
      await sleep(retryDelayMs.least + Math.random() * retryDelayMs.spread)
    }
  }

  async #requestLock(host: PlannedHost): Promise<void> {
    const { plan, code, actor } = this.#options
    const secrets = code.secrets.hosts.get(host.name) ?? new Map()
    const { owner, machine, pid } = actor
    const holder: Holder = {
      owner,
      machine,
      pid,
      run: plan.run,
      command: plan.command.join(' '),
      ...(plan.reason !== undefined && { reason: plan.reason }),
    }
    const lock = this.#wantsLock ? { owner: quote(JSON.stringify(holder)), overrideManual: false } : undefined
    const answer = await this.#connection(host.name).prepare(host, plan.run, secrets, lock)
    this.#answers.set(host.name, answer.answer)
  }

  #connection(host: string): Connection {
    const connection = this.#options.connections.get(host)
    if (!connection) throw new Error(`no connection for ${host}`)
    return connection
  }

  #findHost(name: string): PlannedHost {
    const host = this.#options.plan.hosts.find((each) => each.name === name)
    if (!host) throw new Error(`the plan has no host ${name}`)
    return host
  }
}

/** Sets or removes the lock by hand on one host, while it holds the lock that runs use. Returns the problem if there is one. */
export async function setLockByHand(connection: Connection, host: PlannedHost, holder: Holder, on: boolean): Promise<Problem | undefined> {
  const owner = quote(JSON.stringify(holder))
  const { answer } = await connection.prepare(host, 'by-hand', new Map(), { owner, overrideManual: !on })
  const lockAnswer = await answer
  if (lockAnswer.kind !== 'locked') return describeRejection(host, lockAnswer)
  const set = `printf '%s %s\\n' "$(date +%s)" ${owner} >"$DF_STATE/hold.new" && mv -f "$DF_STATE/hold.new" "$DF_STATE/hold"`
  const session = await connection.session()
  const end = await session.capture(on ? set : 'rm -f "$DF_STATE/hold"')
  await session.capture('rm -rf -- "$DF_RUN"')
  return end.status === 0 ? undefined : stateUnwritable(host, end.stderr || end.lost)
}
