import { hostTarget, localTarget, type Problem, quote, type RunFailure, toProblem } from '@dragonfab/core'
import type { CodePart, PlannedPart, ScriptPart, Segment } from '@dragonfab/plan'
import type { UploadPrefetch } from '@dragonfab/upload'
import pLimit from 'p-limit'
import { runCodePart } from './code-part.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { localExecutor } from './local-executor.ts'
import type { Locks } from './locks.ts'
import type { Mask } from './mask.ts'
import type { RunOptions } from './options.ts'
import { type OutputSinks, type PartRef, type PartResult, succeeded } from './part-result.ts'
import type { Prefetch } from './prefetch.ts'
import { assignSecrets } from './prelude.ts'
import { recoverPart } from './recover.ts'
import { runScriptPart } from './script-part.ts'
import { Session } from './session/session.ts'
import { runTerminal } from './terminal-part.ts'

type SegmentRef = Omit<PartRef, 'target'>

export interface SegmentOptions {
  /** What is sent may be live: a lost connection is looked into by connecting again. */
  readonly live: boolean
  /** Filled with the hosts that were sent anything. */
  readonly sent: Set<string>
  /** Only these hosts; all by default. The others' failures do not end it. */
  readonly only?: ReadonlySet<string> | undefined
  /** What is told of a failure; steps on this machine then run although no host can be reached. */
  readonly failure?: RunFailure | undefined
}

/** Sends stretches to their hosts, one after the other: between two of them all hosts wait for each other. */
export class SegmentRunner {
  readonly #options: RunOptions
  readonly #ledger: Ledger
  readonly #locks: Locks
  readonly #mask: Mask
  readonly #prefetch: Prefetch
  readonly #releasedLocks = new Map<string, Promise<void>>()
  #local: Promise<Session> | undefined

  constructor(
    options: RunOptions,
    {
      ledger,
      locks,
      mask,
      prefetch: ahead,
    }: { readonly ledger: Ledger; readonly locks: Locks; readonly mask: Mask; readonly prefetch: Prefetch },
  ) {
    this.#options = options
    this.#ledger = ledger
    this.#locks = locks
    this.#mask = mask
    this.#prefetch = ahead
  }

  /** True when nothing failed on any of the hosts. */
  async run(stretches: readonly Segment[], at: SegmentRef, mode: SegmentOptions): Promise<boolean> {
    const { interruption } = this.#options
    for (const [index, stretch] of stretches.entries()) {
      const place = { ...at, id: `${at.id}.${index}`, last: at.last && index === stretches.length - 1 }
      if (stretch.kind === 'local') await this.#runLocal(stretch, place, mode)
      else await this.#runOnHosts(stretch.parts, place, mode)
      if (this.#ledger.hasFailures && !mode.only) return false
      if (interruption.abort.aborted || (interruption.stop.aborted && !at.ignoresInterrupt)) return false
    }
    return !mode.only || ![...mode.only].some((host) => this.#ledger.failedHosts.has(host))
  }

  /** The session of steps on this machine, if there is one. */
  async localSession(): Promise<Session | undefined> {
    return this.#local?.catch(() => undefined)
  }

  async #runLocal(stretch: Extract<Segment, { kind: 'local' }>, at: SegmentRef, mode: SegmentOptions): Promise<void> {
    if (mode.only && !mode.failure && !stretch.hosts.some((host) => mode.only?.has(host))) return
    for (const host of stretch.hosts) mode.sent.add(host)
    this.#recordResult(undefined, await this.#runLocalPart(stretch.part, { ...at, target: localTarget }, mode.failure))
  }

  async #runOnHosts(parts: Readonly<Record<string, readonly PlannedPart[]>>, at: SegmentRef, mode: SegmentOptions): Promise<void> {
    const limit = pLimit(this.#options.parallel ?? Math.max(1, this.#options.connections.size))
    const hosts = Object.entries(parts).filter(([host]) => !mode.only || mode.only.has(host))
    await Promise.all(hosts.map(([host, all]) => limit(() => this.#runOnHost(host, all, at, mode))))
  }

  async #runOnHost(host: string, parts: readonly PlannedPart[], at: SegmentRef, mode: SegmentOptions): Promise<void> {
    const { interruption } = this.#options
    for (const [index, part] of parts.entries()) {
      if (interruption.abort.aborted || (interruption.stop.aborted && !at.ignoresInterrupt)) return
      mode.sent.add(host)
      const place = { ...at, target: hostTarget(host), id: `${at.id}.${index}`, last: at.last && index === parts.length - 1 }
      const end = await this.#runHostPart(part, host, place, mode)
      this.#recordResult(host, end)
      if (end.problems.length) return
    }
  }

  /** A part that runs once, on this machine. */
  async #runLocalPart(part: PlannedPart, at: PartRef, failure: RunFailure | undefined): Promise<PartResult> {
    try {
      if (part.kind === 'code') return await this.#runCode(part, at, { failure })
      return await runScriptPart(await this.#openLocalSession(), part, at, this.#sinks())
    } catch (error) {
      return { problems: [toProblem(error, { code: 'HOST_FAILED' })], lost: true, replan: false }
    }
  }

  async #runHostPart(
    part: PlannedPart,
    host: string,
    at: PartRef,
    { live, failure }: Pick<SegmentOptions, 'live' | 'failure'>,
  ): Promise<PartResult> {
    const { bus, connections, interruption } = this.#options
    try {
      const connection = connections.get(host)
      if (!connection) throw new Error(`no connection for ${host}`)
      const busy = await this.#reacquire(host)
      if (busy) {
        if (!part.steps.every((step) => step.allowFailure || step.plugin === 'core'))
          return { problems: [busy], lost: false, replan: false }
        const left = part.steps[0]?.title
        bus.emit('note', { target: at.target, level: 'warning', message: `${busy.message}; left to the next run: ${left}` })
        return succeeded
      }
      if (part.kind === 'code')
        return await this.#runCode(part, at, { failure, connection, prefetch: this.#prefetch.uploadFor(host, part) })
      const terminal = part.terminal && this.#options.stdio?.terminal
      const end = terminal
        ? await runTerminal(connection, part, at, { ...this.#sinks(), terminal, signal: interruption.stop })
        : await this.#runScript(connection, host, part, at, this.#sinks())
      if (end.lost && !interruption.stop.aborted && part.steps.some((step) => step.stdio)) {
        this.#ledger.setState(host, 'unknown')
        this.#ledger.unknownHosts.add(host)
      }
      const refused = await this.#locks.rejection(host)
      if (refused) return { problems: [refused], lost: false, replan: false }
      if (!end.lost || interruption.abort.aborted || (interruption.stop.aborted && !at.ignoresInterrupt) || !(live || at.undoing))
        return end
      const { unknownHosts: unknown } = this.#ledger
      return await recoverPart({
        connection,
        at,
        end,
        bus,
        patienceMs: this.#options.reconnectMs,
        abort: interruption.abort,
        reacquireLock: () => this.#locks.reacquireAfterReconnect(host),
        onAnswer: (known) => (known ? unknown.delete(host) : unknown.add(host)),
      })
    } catch (error) {
      return { problems: [toProblem(error, { code: 'HOST_FAILED', host })], lost: true, replan: false }
    }
  }

  #runCode(
    part: CodePart,
    at: PartRef,
    of: { readonly failure: RunFailure | undefined; readonly connection?: Connection; readonly prefetch?: UploadPrefetch | undefined },
  ): Promise<PartResult> {
    const { code, confirm, directory, otherEnvironments, interruption } = this.#options
    return runCodePart(part, code.steps.get(part.key), at, of.connection, {
      ...this.#sinks(),
      directory,
      signal: at.ignoresInterrupt ? interruption.abort : interruption.stop,
      failure: of.failure,
      confirm,
      elsewhere: otherEnvironments,
      prefetch: of.prefetch,
    })
  }

  #sinks(): OutputSinks {
    const { bus, plan, pressure } = this.#options
    return { bus, mask: this.#mask, libraries: plan.libraries, pressure }
  }

  /** A script in a session; one with an attached command gets what is piped in here, on a single host. */
  async #runScript(connection: Connection, host: string, part: ScriptPart, at: PartRef, telling: OutputSinks): Promise<PartResult> {
    const { plan, stdio: attached } = this.#options
    const session = await connection.sessionFor(part.as)
    if (!part.steps.some((step) => step.stdio)) return runScriptPart(session, part, at, telling)
    const alone = plan.hosts.length === 1
    const fed = alone && attached?.input && part.as === undefined ? await connection.feedInput(attached.input) : undefined
    const unlock = (): void => void this.#releasedLocks.set(host, connection.releaseDuringCommand())
    try {
      return await runScriptPart(session, part, at, { ...telling, raw: alone ? attached?.raw : undefined, unlock })
    } finally {
      await fed?.end()
    }
  }

  /** What was lent while a command ran is taken again before anything else is done there. */
  async #reacquire(host: string): Promise<Problem | undefined> {
    const lent = this.#releasedLocks.get(host)
    if (!lent) return undefined
    await lent
    const refused = await this.#locks.reacquireAfterLoan(host)
    if (!refused) this.#releasedLocks.delete(host)
    return refused
  }

  /** Records how a part ended on a host, or without one on this machine. */
  #recordResult(host: string | undefined, end: PartResult): void {
    this.#ledger.replan ||= end.replan
    this.#ledger.commandStatus ??= end.commandStatus
    if (!end.problems.length) return
    if (host === undefined) this.#ledger.localFailed = true
    else {
      if (end.unknown) this.#ledger.setState(host, 'unknown')
      this.#ledger.failedHosts.add(host)
    }
    // What an interrupt cut short is no failure of its own.
    if (this.#options.interruption.stop.aborted && end.lost) return
    this.#ledger.record(end.problems.map((problem) => ({ ...problem, host: problem.host ?? host })))
  }

  #openLocalSession(): Promise<Session> {
    this.#local ??= (async () => {
      const session = await Session.open(localExecutor('this machine'))
      await session.evaluate(`cd -- ${quote(this.#options.directory)}\n${assignSecrets(this.#options.code.secrets.local)}`)
      return session
    })()
    return this.#local
  }
}
