import { type Mark, MarkReader } from './marks.ts'
import type { ScriptQueue } from './script-queue.ts'
import { type Stream, StreamMerger } from './streams.ts'

/** Reads what a session prints: splits it into marks and the output of scripts, and reports both in their order. */
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

  /** Returns a promise if whoever takes the output cannot keep up. */
  receive(stream: Stream, chunk: Uint8Array): Promise<void> | undefined {
    this.#pending = undefined
    this.#readers[stream].push(chunk)
    return this.#pending
  }

  /** No more will come. */
  end(): void {
    for (const reader of Object.values(this.#readers)) reader.end()
  }

  /** Why the session ended; if the loop never came, with what the login shell printed. */
  explainEnd(reason: string): string {
    const text = this.#loginText.trim().split('\n').slice(-8).join('\n')
    return this.#ready || !text ? reason : `${reason}: ${text}`
  }

  #reportOutput(stream: Stream, chunk: Buffer): void {
    if (!this.#ready || this.#scripts.isEmpty) {
      // What a login shell prints before the loop runs is never data. It only explains why the loop never came.
      if (this.#loginText.length < 4096) this.#loginText += chunk.toString('utf8')
      return
    }
    const wait = this.#scripts.reportOutput(stream, chunk)
    if (wait) this.#pending = this.#pending ? Promise.all([this.#pending, wait]).then(() => undefined) : wait
  }

  /** A mark that has come on both streams. */
  #reportMark(mark: Mark): void {
    if (mark.kind === 'ready') {
      this.#ready = true
      this.#loginText = ''
    }
    this.#onMark(mark)
  }
}
