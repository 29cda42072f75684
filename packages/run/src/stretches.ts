import { type Problem, problemOf, quote, type RunFailure } from '@dragonfab/core'
import { here, type Part, type ScriptPart, type Stretch } from '@dragonfab/plan'
import pLimit from 'p-limit'
import type { Ahead } from './ahead.ts'
import { runCode } from './code-part.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { localExecutor } from './local.ts'
import type { Locks } from './locks.ts'
import type { Mask } from './mask.ts'
import { fine, type PartEnd, type PartPlace, type Telling } from './part.ts'
import { holes } from './prelude.ts'
import { recover } from './recover.ts'
import type { RunOptions } from './run.ts'
import { runScript } from './script-part.ts'
import { Session } from './session/session.ts'
import { runTerminal } from './terminal-part.ts'

type Place = Omit<PartPlace, 'host'>

export interface StretchMode {
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
export class Stretches {
  readonly #options: RunOptions
  readonly #ledger: Ledger
  readonly #locks: Locks
  readonly #mask: Mask
  readonly #ahead: Ahead
  readonly #lent = new Map<string, Promise<void>>()
  #here: Promise<Session> | undefined

  constructor(
    options: RunOptions,
    { ledger, locks, mask, ahead }: { readonly ledger: Ledger; readonly locks: Locks; readonly mask: Mask; readonly ahead: Ahead },
  ) {
    this.#options = options
    this.#ledger = ledger
    this.#locks = locks
    this.#mask = mask
    this.#ahead = ahead
  }

  /** True when nothing failed on any of the hosts. */
  async run(stretches: readonly Stretch[], at: Place, mode: StretchMode): Promise<boolean> {
    const { interruption } = this.#options
    for (const [index, stretch] of stretches.entries()) {
      const place = { ...at, id: `${at.id}.${index}`, last: at.last && index === stretches.length - 1 }
      if (stretch.kind === 'here') await this.#onThisMachine(stretch, place, mode)
      else await this.#onHosts(stretch.parts, place, mode)
      if (this.#ledger.failed.size && !mode.only) return false
      if (interruption.now.aborted || (interruption.stop.aborted && !at.goesOn)) return false
    }
    return !mode.only || ![...mode.only].some((host) => this.#ledger.failed.has(host))
  }

  /** The session of steps on this machine, if there is one. */
  async localSession(): Promise<Session | undefined> {
    return this.#here?.catch(() => undefined)
  }

  async #onThisMachine(stretch: Extract<Stretch, { kind: 'here' }>, at: Place, mode: StretchMode): Promise<void> {
    if (mode.only && !mode.failure && !stretch.hosts.some((host) => mode.only?.has(host))) return
    for (const host of stretch.hosts) mode.sent.add(host)
    this.#take(here, await this.#part(stretch.part, { ...at, host: here }, { live: false, failure: mode.failure }))
  }

  async #onHosts(parts: Readonly<Record<string, readonly Part[]>>, at: Place, mode: StretchMode): Promise<void> {
    const limit = pLimit(this.#options.parallel ?? Math.max(1, this.#options.connections.size))
    const hosts = Object.entries(parts).filter(([host]) => !mode.only || mode.only.has(host))
    await Promise.all(hosts.map(([host, all]) => limit(() => this.#onHost(host, all, at, mode))))
  }

  async #onHost(host: string, parts: readonly Part[], at: Place, mode: StretchMode): Promise<void> {
    const { interruption } = this.#options
    for (const [index, part] of parts.entries()) {
      if (interruption.now.aborted || (interruption.stop.aborted && !at.goesOn)) return
      mode.sent.add(host)
      const place = { ...at, host, id: `${at.id}.${index}`, last: at.last && index === parts.length - 1 }
      const end = await this.#part(part, place, mode)
      this.#take(host, end)
      if (end.problems.length) return
    }
  }

  async #part(part: Part, at: PartPlace, { live, failure }: Pick<StretchMode, 'live' | 'failure'>): Promise<PartEnd> {
    const { bus, code, confirm, connections, directory, elsewhere, interruption, pressure } = this.#options
    const connection = connections.get(at.host)
    const telling = { bus, mask: this.#mask, pressure }
    try {
      const busy = await this.#regain(at.host)
      if (busy) {
        if (!part.steps.every((step) => step.warns || step.plugin === 'core')) return { problems: [busy], lost: false, replan: false }
        const left = part.steps[0]?.title
        bus.emit('note', { host: at.host, level: 'warning', message: `${busy.message}; left to the next run: ${left}` })
        return fine
      }
      if (part.kind === 'code') {
        const signal = at.goesOn ? interruption.now : interruption.stop
        const ahead = this.#ahead.of(at.host, part)
        return await runCode(part, code.steps.get(part.key), at, connection, {
          ...telling,
          directory,
          signal,
          failure,
          confirm,
          elsewhere,
          ahead,
        })
      }
      if (!connection) return await runScript(await this.#session(), part, at, telling)
      const terminal = part.terminal && this.#options.attached?.terminal
      const end = terminal
        ? await runTerminal(connection, part, at, { ...telling, terminal, signal: interruption.stop })
        : await this.#runScript(connection, part, at, telling)
      if (end.lost && !interruption.stop.aborted && part.steps.some((step) => step.attached)) {
        this.#ledger.set(at.host, 'unknown')
        this.#ledger.unknown.add(at.host)
      }
      const refused = await this.#locks.refusal(at.host)
      if (refused) return { problems: [refused], lost: false, replan: false }
      if (!end.lost || interruption.now.aborted || (interruption.stop.aborted && !at.goesOn) || !(live || at.undoing)) return end
      const { unknown } = this.#ledger
      return await recover({
        connection,
        at,
        end,
        bus,
        patienceMs: this.#options.reconnectMs,
        now: interruption.now,
        lock: () => this.#locks.again(at.host),
        known: (known) => (known ? unknown.delete(at.host) : unknown.add(at.host)),
      })
    } catch (error) {
      return { problems: [problemOf(error, { code: 'HOST_FAILED', host: at.host })], lost: true, replan: false }
    }
  }

  /** A script in a session; one with an attached command gets what is piped in here, on a single host. */
  async #runScript(connection: Connection, part: ScriptPart, at: PartPlace, telling: Telling): Promise<PartEnd> {
    const { plan, attached } = this.#options
    const session = await connection.sessionAs(part.as)
    if (!part.steps.some((step) => step.attached)) return runScript(session, part, at, telling)
    const alone = plan.hosts.length === 1
    const fed = alone && attached?.input && part.as === undefined ? await connection.feed(attached.input) : undefined
    const unlock = (): void => void this.#lent.set(at.host, connection.lend())
    try {
      return await runScript(session, part, at, { ...telling, raw: alone ? attached?.raw : undefined, unlock })
    } finally {
      await fed?.end()
    }
  }

  /** What was lent while a command ran is taken again before anything else is done there. */
  async #regain(host: string): Promise<Problem | undefined> {
    const lent = this.#lent.get(host)
    if (!lent) return undefined
    await lent
    const refused = await this.#locks.regain(host)
    if (!refused) this.#lent.delete(host)
    return refused
  }

  #take(host: string, end: PartEnd): void {
    this.#ledger.replan ||= end.replan
    this.#ledger.command ??= end.command
    if (!end.problems.length) return
    if (end.unknown) this.#ledger.set(host, 'unknown')
    this.#ledger.failed.add(host)
    // What an interrupt cut short is no failure of its own.
    if (this.#options.interruption.stop.aborted && end.lost) return
    this.#ledger.add(end.problems.map((problem) => ({ ...problem, host: problem.host ?? host })))
  }

  #session(): Promise<Session> {
    this.#here ??= (async () => {
      const session = await Session.open(localExecutor(here))
      await session.set(`cd -- ${quote(this.#options.directory)}\n${holes(this.#options.code.secrets[here] ?? new Map())}`)
      return session
    })()
    return this.#here
  }
}
