import { type Problem, quote, type RunFailure, toProblem } from '@dragonfab/core'
import { localTarget, type PlannedPart, type ScriptPart } from '@dragonfab/plan'
import { runCodePart } from './code-part.ts'
import type { Connection } from './connection.ts'
import { localExecutor } from './local-executor.ts'
import type { Locks } from './locks.ts'
import type { Mask } from './mask.ts'
import type { RunOptions } from './options.ts'
import { failedPart, type OutputSinks, type PartRef, type PartResult, succeeded } from './part-result.ts'
import type { Prefetch } from './prefetch.ts'
import { assignSecrets } from './prelude.ts'
import { recoverPart } from './recover.ts'
import { runScriptPart } from './script-part.ts'
import { Session } from './session/session.ts'
import { runTerminal } from './terminal-part.ts'

export interface PartOptions {
  readonly live: boolean
  readonly failure?: RunFailure | undefined
}

/** Runs single parts, each by its kind, on a host that this run has locked or on this machine. */
export class PartRunner {
  readonly #options: RunOptions
  readonly #locks: Locks
  readonly #prefetch: Prefetch
  readonly #sinks: OutputSinks
  /** Locks that were given up while a command runs, by host. */
  readonly #releasedLocks = new Map<string, Promise<void>>()
  #local: Promise<Session> | undefined

  constructor(options: RunOptions, { locks, mask, prefetch }: { readonly locks: Locks; readonly mask: Mask; readonly prefetch: Prefetch }) {
    this.#options = options
    this.#locks = locks
    this.#prefetch = prefetch
    this.#sinks = { bus: options.bus, mask, libraries: options.plan.libraries, pressure: options.pressure }
  }

  async run(part: PlannedPart, ref: PartRef, options: PartOptions): Promise<PartResult> {
    try {
      const rejection = await this.#reacquireLock(ref.host)
      if (rejection) return this.#skipPart(part, rejection, ref)
      if (part.kind === 'code') return await this.#runCode(part, ref, options.failure)
      const connection = this.#options.connections.get(ref.host)
      if (!connection) return await runScriptPart(await this.#openLocalSession(), part, ref, this.#sinks)
      return await this.#runOnHost(connection, part, ref, options)
    } catch (error) {
      return { ...failedPart(toProblem(error, { code: 'HOST_FAILED', host: ref.host })), lost: true }
    }
  }

  /** The session of steps on this machine, if there is one. */
  async localSession(): Promise<Session | undefined> {
    return this.#local?.catch(() => undefined)
  }

  /** Without the lock nothing may be done. What the next run does as well is left to it. */
  #skipPart(part: PlannedPart, rejection: Problem, ref: PartRef): PartResult {
    if (!part.steps.every((step) => step.allowFailure || step.plugin === 'core')) return failedPart(rejection)
    const message = `${rejection.message}; left to the next run: ${part.steps[0]?.title}`
    this.#options.bus.emit('note', { host: ref.host, level: 'warning', message })
    return succeeded
  }

  #runCode(part: Extract<PlannedPart, { kind: 'code' }>, ref: PartRef, failure: RunFailure | undefined): Promise<PartResult> {
    const { code, confirm, connections, directory, otherEnvironments: elsewhere, interruption, scope } = this.#options
    const signal = ref.ignoresInterrupt ? interruption.abort : interruption.stop
    const prefetch = this.#prefetch.uploadFor(ref.host, part)
    const context = { ...this.#sinks, directory, signal, failure, confirm, elsewhere, scope, prefetch }
    return runCodePart(part, code.steps.get(part.key), ref, connections.get(ref.host), context)
  }

  async #runOnHost(connection: Connection, part: ScriptPart, ref: PartRef, options: PartOptions): Promise<PartResult> {
    const { interruption } = this.#options
    const terminal = part.terminal && this.#options.stdio?.terminal
    const end = terminal
      ? await runTerminal(connection, part, ref, { ...this.#sinks, terminal, signal: interruption.stop })
      : await this.#runScript(connection, part, ref)
    const rejection = await this.#locks.rejection(ref.host)
    if (rejection) return failedPart(rejection)
    if (!end.lost || this.#isInterrupted(ref)) return end
    // Nothing on the host says how a command of the caller ended.
    if (part.steps.some((step) => step.stdio)) return { ...end, outcomeUnknown: true, unreachable: true }
    return options.live || ref.undoing ? this.#recover(connection, end, ref) : end
  }

  #isInterrupted(ref: PartRef): boolean {
    const { stop, abort } = this.#options.interruption
    return abort.aborted || (stop.aborted && !ref.ignoresInterrupt)
  }

  #recover(connection: Connection, end: PartResult, ref: PartRef): Promise<PartResult> {
    const { bus, reconnectMs, interruption } = this.#options
    return recoverPart({
      connection,
      ref,
      end,
      bus,
      patienceMs: reconnectMs,
      abort: interruption.abort,
      reacquireLock: () => this.#locks.reacquireAfterReconnect(ref.host),
    })
  }

  /** A script in a session. An attached command is given the input of this program, on a single host. */
  async #runScript(connection: Connection, part: ScriptPart, ref: PartRef): Promise<PartResult> {
    const { plan, stdio } = this.#options
    const session = await connection.sessionFor(part.as)
    if (!part.steps.some((step) => step.stdio)) return runScriptPart(session, part, ref, this.#sinks)
    const isOnlyHost = plan.hosts.length === 1
    const input = isOnlyHost && stdio?.input && part.as === undefined ? await connection.feedInput(stdio.input) : undefined
    const unlock = (): void => void this.#releasedLocks.set(ref.host, connection.releaseDuringCommand())
    try {
      return await runScriptPart(session, part, ref, { ...this.#sinks, raw: isOnlyHost ? stdio?.raw : undefined, unlock })
    } finally {
      await input?.end()
    }
  }

  /** Takes a lock again that was given up while a command ran, before anything else is done there. */
  async #reacquireLock(host: string): Promise<Problem | undefined> {
    const released = this.#releasedLocks.get(host)
    if (!released) return undefined
    await released
    const rejection = await this.#locks.reacquireAfterLoan(host)
    if (!rejection) this.#releasedLocks.delete(host)
    return rejection
  }

  #openLocalSession(): Promise<Session> {
    this.#local ??= (async () => {
      const session = await Session.open(localExecutor(localTarget))
      await session.evaluate(
        `cd -- ${quote(this.#options.directory)}\n${assignSecrets(this.#options.code.secrets[localTarget] ?? new Map())}`,
      )
      return session
    })()
    return this.#local
  }
}
