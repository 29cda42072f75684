import { randomBytes } from 'node:crypto'
import { DragonfabError, type ExecResult, type Executor, type OpenCommand } from '@dragonfab/core'
import { loopScript, readerScript, sessionArgv } from './loop.ts'
import type { Mark } from './marks.ts'
import { SessionOutput } from './output.ts'
import type { ScriptEnd, ScriptEvents, ScriptOptions } from './script.ts'
import { ScriptQueue } from './script-queue.ts'
import type { Stream } from './streams.ts'

export type { ScriptEnd, ScriptEvents, Stream }

/** The time between two heartbeats, in milliseconds. The loop ends itself after 120 s of silence. */
const heartbeatMs = 20_000

/** The longest time to wait for the answer to `bye`, in milliseconds: more than any round trip. */
const endTimeoutMs = 5_000

/** The one shell of a host (and user) for a run. See loop.ts for what runs there. */
export class Session {
  readonly label: string
  readonly #nonce = randomBytes(16).toString('hex')
  readonly #scripts = new ScriptQueue()
  readonly #output: SessionOutput
  #command: OpenCommand | undefined
  #beat: NodeJS.Timeout | undefined
  #scriptCount = 0
  #end: ScriptEnd | undefined
  #waiting: (() => void)[] = []
  #ending: Promise<void> | undefined
  #running: Promise<void> | undefined

  /** Starts the shell. It waits only for the channel: scripts may be sent at once. */
  static async open(executor: Executor): Promise<Session> {
    const session = new Session(executor.label)
    session.#command = await executor.open(sessionArgv, { onOutput: (stream, chunk) => session.#output.receive(stream, chunk) })
    session.#command.done.then(
      (result) => session.#onEnd(result),
      (error: unknown) => session.#onEnd({ status: undefined, lost: String(error) }),
    )
    await session.#command
      .write(`${readerScript}\n${session.#nonce}\n${loopScript}${session.#nonce}\n`)
      .catch(() => session.#waitForEarlyEnd())
    if (session.#end) return session
    session.#beat = setInterval(() => session.#send('beat', ''), heartbeatMs)
    session.#beat.unref()
    void session.#send('beat', '')
    return session
  }

  /** If the host started another program than a shell (ForceCommand), its output explains more than the error about its closed input. */
  async #waitForEarlyEnd(): Promise<void> {
    const late = setTimeout(() => this.#command?.close(), 3000)
    await this.#command?.done.catch(() => undefined)
    clearTimeout(late)
  }

  private constructor(label: string) {
    this.label = label
    this.#output = new SessionOutput(this.#nonce, this.#scripts, (mark) => this.#onMark(mark))
  }

  /** Why the session has ended. Undefined while it is open. */
  get lost(): string | undefined {
    return this.#end?.lost
  }

  /** Evaluates text in the loop itself: variables, the lock. */
  evaluate(text: string, events: ScriptEvents = {}): Promise<ScriptEnd> {
    return this.#sendFrame('set', text, events)
  }

  /**
   * Evaluates a script in a child of the loop, after those that were sent before it, because scripts that run together would share the
   * streams.
   */
  run(text: string, events: ScriptEvents, options: ScriptOptions = {}): Promise<ScriptEnd> {
    const start = (): Promise<ScriptEnd> => this.#sendFrame('run', text, events, options)
    const end = this.#running ? this.#running.then(start) : start()
    const finished = end.then(() => {
      if (this.#running === finished) this.#running = undefined
    })
    this.#running = finished
    return end
  }

  /** Runs a script and returns its output and its end. */
  async capture(text: string): Promise<ScriptEnd & { readonly stdout: string; readonly stderr: string }> {
    const chunks: Record<Stream, Buffer[]> = { stdout: [], stderr: [] }
    const end = await this.run(text, {
      onOutput: (stream, chunk) => {
        chunks[stream].push(Buffer.from(chunk))
      },
    })
    return { ...end, stdout: Buffer.concat(chunks.stdout).toString('utf8'), stderr: Buffer.concat(chunks.stderr).toString('utf8') }
  }

  /** Ends the running scripts and waits until they have ended. Their outcome is unknown. The session stays open. */
  async stop(): Promise<void> {
    if (this.#end) return
    const stopped = new Promise<void>((resolve) => this.#waiting.push(resolve))
    // Scripts that are sent after the stop, to undo the task, start when the stop is complete.
    const cutShort = this.#scripts.list()
    void this.#send('stop', '')
    await stopped
    this.#scripts.end(cutShort, { status: undefined, lost: 'stopped' })
  }

  /**
   * Ends the session but no other process on the host. Resolves when the host has confirmed it: if the connection ended earlier, the `bye`
   * could be lost, and the loop would then end the processes that are to survive.
   */
  end(): Promise<void> {
    this.#ending ??= this.#sendEnd()
    return this.#ending
  }

  async #sendEnd(): Promise<void> {
    clearInterval(this.#beat)
    if (!this.#end) {
      const patience = setTimeout(() => this.#resolveWaiting(), endTimeoutMs)
      const heard = new Promise<void>((resolve) => this.#waiting.push(resolve))
      void this.#send('bye', '')
      await heard
      clearTimeout(patience)
    }
    this.#command?.end()
  }

  /** Closes the channel. The loop then ends the running scripts. */
  close(): void {
    clearInterval(this.#beat)
    this.#command?.close()
  }

  /** Resolves when the shell has ended. */
  async waitUntilGone(): Promise<void> {
    await this.#command?.done.catch(() => undefined)
  }

  #sendFrame(
    kind: 'set' | 'run',
    text: string,
    events: ScriptEvents,
    { id: name, last, library = [] }: ScriptOptions = {},
  ): Promise<ScriptEnd> {
    if (this.#end) return Promise.resolve(this.#end)
    const defined = this.#scripts.missingFunctions(library)
    const definitions = defined.map((each) => each.text).join('\n')
    if (`\n${definitions}\n${text}\n`.includes(`\n${this.#nonce}\n`))
      throw new DragonfabError({ code: 'SESSION_NONCE', message: 'a script contains the nonce of its session' })
    const id = name ?? `${++this.#scriptCount}`
    return new Promise((resolve) => {
      this.#scripts.add({ id, defined, events, resolve })
      // In one write, so that its functions never cost a script another round trip.
      const before = defined.length ? this.#frame('define', `${definitions}\n`) : ''
      void this.#write(before + this.#frame(`${kind} ${id}${last ? ' last' : ''}`, `${text}\n`))
    })
  }

  #frame(header: string, text: string): string {
    return `${header}\n${text}${this.#nonce}\n`
  }

  #send(header: string, text: string): Promise<void> {
    return this.#write(this.#frame(header, text))
  }

  async #write(text: string): Promise<void> {
    // A lost connection is reported by the end of the command.
    await this.#command?.write(text).catch(() => undefined)
  }

  #onMark(mark: Mark): void {
    if (mark.kind === 'stopped' || mark.kind === 'gone') this.#resolveWaiting()
    this.#scripts.reportMark(mark)
  }

  #onEnd(result: ExecResult): void {
    clearInterval(this.#beat)
    this.#output.end()
    const reason =
      result.lost ?? (result.signal ? `the shell was ended by SIG${result.signal}` : `the shell ended with status ${result.status}`)
    this.#end = { status: undefined, lost: this.#output.explainEnd(reason) }
    this.#scripts.end(this.#scripts.list(), this.#end)
    this.#resolveWaiting()
  }

  /** Called when the loop has answered a `stop` or a `bye`, or can no longer answer. */
  #resolveWaiting(): void {
    for (const each of this.#waiting.splice(0)) each()
  }
}
