import { here, localExecutor, type Part, problemOf, quote, type Stretch } from '@dragonfab/core'
import pLimit from 'p-limit'
import { runCode } from './code-part.ts'
import type { Ledger } from './ledger.ts'
import type { Locks } from './locks.ts'
import type { Mask } from './mask.ts'
import type { PartEnd, PartPlace } from './part.ts'
import { holes } from './prelude.ts'
import { recover } from './recover.ts'
import type { RunOptions } from './run.ts'
import { runScript } from './script-part.ts'
import { Session } from './session/session.ts'

type Place = Omit<PartPlace, 'host'>

export interface StretchMode {
  /** What is sent may be live: a lost connection is looked into by connecting again. */
  readonly live: boolean
  /** Filled with the hosts that were sent anything. */
  readonly sent: Set<string>
  /** Only these hosts; all by default. The others' failures do not end it. */
  readonly only?: ReadonlySet<string> | undefined
}

/** Sends stretches to their hosts, one after the other: between two of them all hosts wait for each other. */
export class Stretches {
  readonly #options: RunOptions
  readonly #ledger: Ledger
  readonly #locks: Locks
  readonly #mask: Mask
  #here: Promise<Session> | undefined

  constructor(options: RunOptions, ledger: Ledger, locks: Locks, mask: Mask) {
    this.#options = options
    this.#ledger = ledger
    this.#locks = locks
    this.#mask = mask
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
    if (mode.only && !stretch.hosts.some((host) => mode.only?.has(host))) return
    for (const host of stretch.hosts) mode.sent.add(host)
    this.#take(here, await this.#part(stretch.part, { ...at, host: here }, false))
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
        const signal = at.goesOn ? interruption.now : interruption.stop
        return await runCode(part, code.steps.get(part.key), at, connection, { ...telling, directory, signal })
      }
      const session = connection ? await connection.sessionAs(part.as) : await this.#session()
      const end = await runScript(session, part, at, telling)
      if (!connection) return end
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

  #take(host: string, end: PartEnd): void {
    this.#ledger.replan ||= end.replan
    if (!end.problems.length) return
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
