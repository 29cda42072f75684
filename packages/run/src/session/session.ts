import { randomBytes } from 'node:crypto'
import { DragonfabError, type ExecResult, type Executor, type OpenCommand } from '@dragonfab/core'
import type { PlannedFunction } from '@dragonfab/plan'
import { loopScript, readerScript, sessionArgv } from './loop.ts'
import { type Mark, MarkReader } from './marks.ts'
import { type Stream, StreamMerger } from './streams.ts'

export type { Stream }

/** What a script tells while it runs, in the order in which it happened. */
export interface ScriptEvents {
  onBegin?(step: number): void
  onOutput?(stream: Stream, chunk: Buffer): Promise<void> | undefined | void
  onFinish?(step: number, status: number): void
  /** What it told with `mark tell`. */
  onMessage?(words: readonly string[]): void
  /** Processes that the script left running (only for the `last` one). */
  onLeftover?(pids: readonly string[]): void
}

/** The status of a script, or `undefined` when the session ended before its end mark came: the outcome is unknown. */
export type ScriptEnd = { readonly status: number; readonly lost?: undefined } | { readonly status: undefined; readonly lost: string }

export interface ScriptOptions {
  /** Names it in `$DF_RUN/ended`. */
  readonly id?: string
  /** Tells also what it leaves running. */
  readonly last?: boolean
  /** The functions that it calls: those that the session does not have yet are sent with it. */
  readonly library?: readonly PlannedFunction[]
}

interface ScriptFrame {
  readonly id: string
  /** The functions that were sent with it. */
  readonly defined: readonly PlannedFunction[]
  readonly events: ScriptEvents
  resolve(end: ScriptEnd): void
}

/** How often the host hears that this machine lives, in milliseconds; the loop ends itself after 120 s of silence. */
const heartbeatMs = 20_000

/** Milliseconds that a bye may take: more than any round trip. */
const endTimeoutMs = 5_000

/** The one shell of a host (and user) for a run. See loop.ts for what runs there. */
export class Session {
  readonly label: string
  readonly #nonce = randomBytes(16).toString('hex')
  readonly #frames: ScriptFrame[] = []
  /** The hashes of the functions that the loop has, by name. */
  readonly #library = new Map<string, string>()
  readonly #readers: Record<Stream, MarkReader>
  #command: OpenCommand | undefined
  #beat: NodeJS.Timeout | undefined
  #frameCount = 0
  #end: ScriptEnd | undefined
  #loginOutput = ''
  #ready = false
  #waiting: (() => void)[] = []
  #ending: Promise<void> | undefined
  #running: Promise<void> | undefined

  /** Starts the shell. Nothing is waited for but the channel: frames may be sent at once. */
  static async open(executor: Executor): Promise<Session> {
    const session = new Session(executor.label)
    session.#command = await executor.open(sessionArgv, { onOutput: (stream, chunk) => session.#receive(stream, chunk) })
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

  /** Something else than a shell was started there (ForceCommand). What it said tells more than that it does not read. */
  async #waitForEarlyEnd(): Promise<void> {
    const late = setTimeout(() => this.#command?.close(), 3000)
    await this.#command?.done.catch(() => undefined)
    clearTimeout(late)
  }

  private constructor(label: string) {
    this.label = label
    const streams = new StreamMerger({ output: (stream, chunk) => this.#output(stream, chunk), mark: (mark) => this.#onMark(mark) })
    const reader = (stream: Stream) =>
      new MarkReader(this.#nonce, { output: (chunk) => streams.output(stream, chunk), mark: (mark) => streams.mark(stream, mark) })
    this.#readers = { stdout: reader('stdout'), stderr: reader('stderr') }
  }

  /** Why the session is over, if it is. */
  get lost(): string | undefined {
    return this.#end?.lost
  }

  /** Evaluates text in the loop itself: variables, the lock. */
  evaluate(text: string, events: ScriptEvents = {}): Promise<ScriptEnd> {
    return this.#sendFrame('set', text, events)
  }

  /**
   * Evaluates a script beside the loop, after those that were given before it: scripts that ran at the same time would share the streams.
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

  /** A script whose output is wanted, not told: everything that it printed, and how it ended. */
  async capture(text: string): Promise<ScriptEnd & { readonly stdout: string; readonly stderr: string }> {
    const chunks: Record<Stream, Buffer[]> = { stdout: [], stderr: [] }
    const end = await this.run(text, {
      onOutput: (stream, chunk) => {
        chunks[stream].push(Buffer.from(chunk))
      },
    })
    return { ...end, stdout: Buffer.concat(chunks.stdout).toString('utf8'), stderr: Buffer.concat(chunks.stderr).toString('utf8') }
  }

  /** Ends what runs now and waits until it has; the scripts in question end as unknown. The session lives on. */
  async stop(): Promise<void> {
    if (this.#end) return
    const stopped = new Promise<void>((resolve) => this.#waiting.push(resolve))
    // What is sent after the stop, the way back, begins when it is over.
    const cutFrames = [...this.#frames]
    void this.#send('stop', '')
    await stopped
    for (const frame of cutFrames) {
      const at = this.#frames.indexOf(frame)
      if (at < 0) continue
      this.#frames.splice(at, 1)
      frame.resolve({ status: undefined, lost: 'stopped' })
    }
  }

  /**
   * Ends the session and nothing else that runs there; resolves when the host has heard it. A host forgets what it has received and not
   * yet handed on when its connection ends, and without a bye the loop would end what runs there.
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

  /** Closes the channel: what still runs there is ended by the loop. */
  close(): void {
    clearInterval(this.#beat)
    this.#command?.close()
  }

  /** Resolves when the shell has gone. */
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
    const defined = library.filter((each) => this.#library.get(each.name) !== each.hash)
    const definitions = defined.map((each) => each.text).join('\n')
    if (`\n${definitions}\n${text}\n`.includes(`\n${this.#nonce}\n`))
      throw new DragonfabError({ code: 'SESSION_NONCE', message: 'a script contains the nonce of its session' })
    const id = name ?? `${++this.#frameCount}`
    return new Promise((resolve) => {
      this.#frames.push({ id, defined, events, resolve })
      for (const each of defined) this.#library.set(each.name, each.hash)
      // In one write, so that a script never costs a round trip more for its functions.
      const before = defined.length ? this.#framed('define', `${definitions}\n`) : ''
      void this.#write(before + this.#framed(`${kind} ${id}${last ? ' last' : ''}`, `${text}\n`))
    })
  }

  #framed(header: string, text: string): string {
    return `${header}\n${text}${this.#nonce}\n`
  }

  #send(header: string, text: string): Promise<void> {
    return this.#write(this.#framed(header, text))
  }

  async #write(text: string): Promise<void> {
    // A lost connection is told by the end of the command.
    await this.#command?.write(text).catch(() => undefined)
  }

  #pending: Promise<void> | undefined

  #receive(stream: Stream, chunk: Uint8Array): Promise<void> | undefined {
    this.#pending = undefined
    this.#readers[stream].push(chunk)
    return this.#pending
  }

  #output(stream: Stream, chunk: Buffer): void {
    const frame = this.#frames[0]
    if (!this.#ready || !frame) {
      // What a login shell prints before the loop stands is never data; it only explains why the loop never came.
      if (this.#loginOutput.length < 4096) this.#loginOutput += chunk.toString('utf8')
      return
    }
    const wait = frame.events.onOutput?.(stream, chunk)
    if (wait) this.#pending = this.#pending ? Promise.all([this.#pending, wait]).then(() => undefined) : wait
  }

  /** A mark that has come on both streams. */
  #onMark({ kind, words }: Mark): void {
    const [first = '', second = ''] = words
    if (kind === 'stopped' || kind === 'gone') this.#resolveWaiting()
    const frame = kind === 'done' ? this.#frames.find((each) => each.id === first) : this.#frames[0]
    if (kind === 'ready') {
      this.#ready = true
      this.#loginOutput = ''
    }
    if (!frame) return
    if (kind === 'begin') frame.events.onBegin?.(Number(first))
    if (kind === 'finish') frame.events.onFinish?.(Number(first), Number(second))
    if (kind === 'tell') frame.events.onMessage?.(words)
    if (kind === 'broken') for (const each of frame.defined) this.#library.delete(each.name)
    if (kind === 'left') frame.events.onLeftover?.(words)
    if (kind === 'done') {
      this.#frames.splice(this.#frames.indexOf(frame), 1)
      frame.resolve({ status: Number(second) })
    }
  }

  #onEnd(result: ExecResult): void {
    clearInterval(this.#beat)
    for (const stream of ['stdout', 'stderr'] as const) this.#readers[stream].end()
    const loginText = this.#loginOutput.trim().split('\n').slice(-8).join('\n')
    const reason =
      result.lost ?? (result.signal ? `the shell was ended by SIG${result.signal}` : `the shell ended with status ${result.status}`)
    this.#end = { status: undefined, lost: this.#ready || !loginText ? reason : `${reason}: ${loginText}` }
    for (const frame of this.#frames.splice(0)) frame.resolve(this.#end)
    this.#resolveWaiting()
  }

  /** Who waits for the loop's answer to a stop or a bye goes on. */
  #resolveWaiting(): void {
    for (const each of this.#waiting.splice(0)) each()
  }
}
