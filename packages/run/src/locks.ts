import { setTimeout as sleep } from 'node:timers/promises'
import { type Bus, type Problem, quote, toProblem } from '@dragonfab/core'
import type { Plan, PlanCode, PlannedHost } from '@dragonfab/plan'
import pLimit from 'p-limit'
import type { Connection } from './connection.ts'
import { readFingerprint } from './fingerprint.ts'
import type { Interruption } from './interruption.ts'
import { describeHolder, type Holder, type LockAnswer } from './lock.ts'
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

/** How often a held lock is asked for again, in milliseconds; the spread keeps two that wait from meeting for ever. */
const retryDelayMs = { least: 400, spread: 600 }

/** Milliseconds that a lent lock is waited for, at least: most deployments end within. */
const reacquireMs = 60_000

/** The locks of all hosts of a run: all or none, and never waiting for one while holding another. */
export class Locks {
  readonly #options: LocksOptions
  readonly #answers = new Map<string, Promise<LockAnswer>>()
  readonly #lockedHosts = new Set<string>()
  #wantsLock = true

  constructor(options: LocksOptions) {
    this.#options = options
  }

  /**
   * Connects to all hosts and asks for their locks; undefined when the run only looks. With `early` the question is sent and the
   * answer left to {@link rejection}. Gives what went wrong, on all hosts.
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
      // Whoever waits holds nothing, so two runs with their hosts in opposite order cannot wait for each other.
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

  /** Why the host may not be worked on, once its lock has answered. */
  async rejection(host: string): Promise<Problem | undefined> {
    const answer = await this.#answers.get(host)
    if (!answer || answer.kind === 'locked') {
      this.#lockedHosts.add(host)
      return undefined
    }
    if (answer.kind === 'failed') return this.#describeFailure(host, answer.cause)
    if (answer.kind === 'held' && answer.holder.run === this.#options.plan.run && answer.holder.pid === this.#options.actor.pid)
      return {
        code: 'PLACE_TWICE',
        host,
        message: 'another host of this run is the same machine and path: it has the lock already',
        remedy: 'write the machine in one way (one name, one address) in all roles, or give each role a path of its own: %(role)s in path',
      }
    const holder = describeHolder(answer.holder, answer.ageSeconds)
    const remedy =
      answer.kind === 'hold'
        ? 'end it with: dragonfab <environment> unlock'
        : 'wait for it (--lock-wait 60), or end that run where it was started'
    return { code: 'LOCKED', host, message: answer.kind === 'hold' ? `locked by hand by ${holder}` : `locked by ${holder}`, remedy }
  }

  /** True where this run has the lock, or needs none. */
  hasLock(host: string): boolean {
    return this.#lockedHosts.has(host)
  }

  /** After a reconnection: the lock of this same run, which the lost session gives up when it notices. */
  async reacquireAfterReconnect(host: string): Promise<boolean> {
    const plannedHost = this.#options.plan.hosts.find((each) => each.name === host)
    if (!plannedHost) return false
    for (let tries = 0; tries < 60; tries++) {
      await this.#requestLock(plannedHost)
      const answer = await this.#answers.get(host)
      if (answer?.kind === 'locked') return true
      if (answer?.kind !== 'held' || answer.holder.run !== this.#options.plan.run) return false
      await sleep(500)
    }
    return false
  }

  /** Takes the lock again that was lent while a command ran. Waits while another run has it; not for one that was set by hand. */
  async reacquireAfterLoan(host: string): Promise<Problem | undefined> {
    const plannedHost = this.#options.plan.hosts.find((each) => each.name === host)
    if (!plannedHost) return undefined
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

  /** What hosts run now beside what they ran when the plan was saved. */
  async compareFingerprints(saved: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
    const problems = await Promise.all(
      this.#options.plan.hosts.map(async (host): Promise<readonly Problem[]> => {
        const now = await readFingerprint(this.#connection(host.name), host.fingerprint)
        const then = saved[host.name] ?? ''
        if (now === then) return []
        const cause = `then: ${then.trim() || 'nothing'}\nnow:  ${now?.trim() || 'nothing'}`
        return [
          {
            code: 'PLAN_OUTDATED',
            host: host.name,
            message: 'the host has moved on since the plan was saved',
            cause,
            remedy: 'make a new plan: --plan-out',
          },
        ]
      }),
    )
    return problems.flat()
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

  #describeFailure(host: string, cause: string): Problem {
    if (/\bsudo: /.test(cause)) {
      return {
        code: 'SUDO_REFUSED',
        host,
        message: 'steps cannot run as the other user',
        cause,
        remedy: 'allow it in sudoers (NOPASSWD), or give the password: --ask-sudo-password',
      }
    }
    const stateDir = this.#options.plan.hosts.find((each) => each.name === host)?.stateDir
    return {
      code: 'STATE_UNWRITABLE',
      host,
      message: `${stateDir} cannot be used`,
      cause,
      remedy: 'make the path, owned by the user of the deployment, with space left on its disk',
    }
  }
}
