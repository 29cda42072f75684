import { describeTarget, localTarget, type Problem, quote, type RunFailure, toProblem } from '@dragonfab/core'
import type { CodePart, PlannedPart, ScriptPart } from '@dragonfab/plan'
import type { UploadPrefetch } from '@dragonfab/upload'
import { runCodePart } from './code-part.ts'
import type { Connection } from './connection.ts'
import { localExecutor } from './local-executor.ts'
import type { Locks } from './locks.ts'
import type { Mask } from './mask.ts'
import type { RunOptions } from './options.ts'
import { failedPart, hostFieldOf, type OutputSinks, type PartRef, type PartResult, succeeded } from './part-result.ts'
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
  /** Locks that were released while a command runs, by host. */
  readonly #releasedLocks = new Map<string, Promise<void>>()
  #local: Promise<Session> | undefined

  constructor(options: RunOptions, { locks, mask, prefetch }: { readonly locks: Locks; readonly mask: Mask; readonly prefetch: Prefetch }) {
    this.#options = options
    this.#locks = locks
    this.#prefetch = prefetch
    this.#sinks = { bus: options.bus, mask, libraries: options.plan.libraries, pressure: options.pressure }
  }

  async run(part: PlannedPart, ref: PartRef, options: PartOptions): Promise<PartResult> {
    const { target } = ref
    try {
      if (target.kind === 'local') return await this.#runLocally(part, ref, options.failure)
      return await this.#runOnHost(part, target.name, ref, options)
    } catch (error) {
      return { ...failedPart(toProblem(error, { code: 'HOST_FAILED', ...hostFieldOf(ref) })), lost: true }
    }
  }

  async #runLocally(part: PlannedPart, ref: PartRef, failure: RunFailure | undefined): Promise<PartResult> {
    if (part.kind === 'code') return this.#runCode(part, ref, { failure })
    return runScriptPart(await this.#openLocalSession(), part, ref, this.#sinks)
  }

  async #runOnHost(part: PlannedPart, host: string, ref: PartRef, options: PartOptions): Promise<PartResult> {
    const connection = this.#options.connections.get(host)
    if (!connection) throw new Error(`there is no connection to ${host}`)
    const rejection = await this.#reacquireLock(host)
    if (rejection) return this.#skipPart(part, rejection, ref)
    if (part.kind === 'script') return this.#runScriptOnHost(connection, host, part, { ref, options })
    return this.#runCode(part, ref, { failure: options.failure, connection, prefetch: this.#prefetch.uploadFor(host, part) })
  }

  /** The session of steps on this machine, if there is one. */
  async localSession(): Promise<Session | undefined> {
    return this.#local?.catch(() => undefined)
  }

  /** Without the lock the part must not run. If the next run does the same work, this is only a warning. */
  #skipPart(part: PlannedPart, rejection: Problem, ref: PartRef): PartResult {
    if (!part.steps.every((step) => step.allowFailure || step.plugin === 'core')) return failedPart(rejection)
    const message = `${rejection.message}; left to the next run: ${part.steps[0]?.title}`
    this.#options.bus.emit('note', { target: ref.target, level: 'warning', message })
    return succeeded
  }

  #runCode(
    part: CodePart,
    ref: PartRef,
    given: {
      readonly failure: RunFailure | undefined
      readonly connection?: Connection
      readonly prefetch?: UploadPrefetch | undefined
    },
  ): Promise<PartResult> {
    const { code, confirm, directory, otherEnvironments, interruption, scope } = this.#options
    return runCodePart(part, code.steps.get(part.key), ref, given.connection, {
      ...this.#sinks,
      directory,
      signal: ref.ignoresInterrupt ? interruption.abort : interruption.stop,
      failure: given.failure,
      confirm,
      otherEnvironments,
      scope,
      prefetch: given.prefetch,
    })
  }

  async #runScriptOnHost(
    connection: Connection,
    host: string,
    part: ScriptPart,
    { ref, options }: { readonly ref: PartRef; readonly options: PartOptions },
  ): Promise<PartResult> {
    const { interruption } = this.#options
    const terminal = part.terminal && this.#options.stdio?.terminal
    const end = terminal
      ? await runTerminal(connection, part, ref, { ...this.#sinks, terminal, signal: interruption.stop })
      : await this.#runScript(connection, host, part, ref)
    const rejection = await this.#locks.rejection(host)
    if (rejection) return failedPart(rejection)
    if (!end.lost || this.#isInterrupted(ref)) return end
    // The host does not record how a command with `stdio` ended.
    if (part.steps.some((step) => step.stdio)) return { ...end, outcomeUnknown: true, unreachable: true }
    return options.live || ref.undoing ? this.#recover(connection, host, { end, ref }) : end
  }

  #isInterrupted(ref: PartRef): boolean {
    const { stop, abort } = this.#options.interruption
    return abort.aborted || (stop.aborted && !ref.ignoresInterrupt)
  }

  #recover(connection: Connection, host: string, { end, ref }: { readonly end: PartResult; readonly ref: PartRef }): Promise<PartResult> {
    const { bus, reconnectMs, interruption } = this.#options
    return recoverPart({
      connection,
      ref,
      end,
      bus,
      patienceMs: reconnectMs,
      abort: interruption.abort,
      reacquireLock: () => this.#locks.reacquireAfterReconnect(host),
    })
  }

  /** Runs a script in a session. On a single host a command with `stdio` receives this program's input. */
  async #runScript(connection: Connection, host: string, part: ScriptPart, ref: PartRef): Promise<PartResult> {
    const { plan, stdio } = this.#options
    const session = await connection.sessionFor(part.as)
    if (!part.steps.some((step) => step.stdio)) return runScriptPart(session, part, ref, this.#sinks)
    const isOnlyHost = plan.hosts.length === 1
    const input = isOnlyHost && stdio?.input && part.as === undefined ? await connection.feedInput(stdio.input) : undefined
    const unlock = (): void => void this.#releasedLocks.set(host, connection.releaseDuringCommand())
    try {
      return await runScriptPart(session, part, ref, { ...this.#sinks, raw: isOnlyHost ? stdio?.raw : undefined, unlock })
    } finally {
      await input?.end()
    }
  }

  /** Takes a lock again that was released while a command ran, before another part runs on the host. */
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
      const session = await Session.open(localExecutor(describeTarget(localTarget)))
      await session.evaluate(`cd -- ${quote(this.#options.directory)}\n${assignSecrets(this.#options.code.secrets.local)}`)
      return session
    })()
    return this.#local
  }
}
