import { type Mark, MarkReader } from './marks.ts'
import type { ScriptQueue } from './script-queue.ts'
import { type Stream, StreamMerger } from './streams.ts'

/** Splits the output of a session into marks and the output of scripts, and reports both in order. */
export class SessionOutput {
  readonly #scripts: ScriptQueue
  readonly #readers: Readonly<Record<Stream, MarkReader>>
  readonly #onMark: (mark: Mark) => void
  #ready = false
  #loginText = ''
  #pending: Promise<void> | undefined

  constructor(nonce: string, scripts: ScriptQueue, onMark: (mark: Mark) => void) {
    this.#scripts = scripts
    this.#onMark = onMark
    const streams = new StreamMerger({
      output: (stream, chunk) => this.#reportOutput(stream, chunk),
      mark: (mark) => this.#reportMark(mark),
    })
    const reader = (stream: Stream) =>
      new MarkReader(nonce, { output: (chunk) => streams.output(stream, chunk), mark: (mark) => streams.mark(stream, mark) })
    this.#readers = { stdout: reader('stdout'), stderr: reader('stderr') }
  }

  /** Returns a promise if the receiver of the output cannot keep up. */
  receive(stream: Stream, chunk: Uint8Array): Promise<void> | undefined {
    this.#pending = undefined
    this.#readers[stream].push(chunk)
    return this.#pending
  }

  /** Call this at the end of the output. */
  end(): void {
    for (const reader of Object.values(this.#readers)) reader.end()
  }

  /** The reason why the session ended. If the loop never started, it includes the output of the login shell. */
  explainEnd(reason: string): string {
    const text = this.#loginText.trim().split('\n').slice(-8).join('\n')
    return this.#ready || !text ? reason : `${reason}: ${text}`
  }

  #reportOutput(stream: Stream, chunk: Buffer): void {
    if (!this.#ready || this.#scripts.isEmpty) {
      // The output of a login shell before the loop starts is never data. It only explains why the loop did not start.
      if (this.#loginText.length < 4096) this.#loginText += chunk.toString('utf8')
      return
    }
    const wait = this.#scripts.reportOutput(stream, chunk)
    if (wait) this.#pending = this.#pending ? Promise.all([this.#pending, wait]).then(() => undefined) : wait
  }

  /** Reports a mark that has arrived on both streams. */
  #reportMark(mark: Mark): void {
    if (mark.kind === 'ready') {
      this.#ready = true
      this.#loginText = ''
    }
    this.#onMark(mark)
  }
}
