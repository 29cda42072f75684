import type { Mark } from './marks.ts'

export type Stream = 'stdout' | 'stderr'
type StreamItem = { readonly mark: Mark } | { readonly chunk: Buffer }

/**
 * Merges the two streams of a session. Each mark is written to both streams, and the stream that reaches it first waits for the other. So no
 * output is reported for the wrong step, even if one stream is faster.
 */
export class StreamMerger {
  readonly #handlers: { readonly output: (stream: Stream, chunk: Buffer) => void; readonly mark: (mark: Mark) => void }
  readonly #waiting: Record<Stream, StreamItem[]> = { stdout: [], stderr: [] }

  constructor(on: { readonly output: (stream: Stream, chunk: Buffer) => void; readonly mark: (mark: Mark) => void }) {
    this.#handlers = on
  }

  output(stream: Stream, chunk: Buffer): void {
    const waiting = this.#waiting[stream]
    // Output waits only behind a mark that the other stream has not reached. It is copied, because the reader's buffer is reused.
    if (waiting.length) waiting.push({ chunk: Buffer.from(chunk) })
    else this.#handlers.output(stream, chunk)
  }

  mark(stream: Stream, mark: Mark): void {
    this.#waiting[stream].push({ mark })
    this.#mergeAtMark()
  }

  #mergeAtMark(): void {
    const { stdout, stderr } = this.#waiting
    for (;;) {
      const [one, other] = [stdout[0], stderr[0]]
      if (!one || !other || !('mark' in one) || !('mark' in other)) return
      stdout.shift()
      stderr.shift()
      this.#handlers.mark(one.mark)
      for (const stream of ['stdout', 'stderr'] as const) this.#passOn(stream)
    }
  }

  /** Passes on the output before the next mark. */
  #passOn(stream: Stream): void {
    const waiting = this.#waiting[stream]
    for (let item = waiting[0]; item && 'chunk' in item; item = waiting[0]) {
      waiting.shift()
      this.#handlers.output(stream, item.chunk)
    }
  }
}
