/** Milliseconds of work before others get their turn. */
const turnMs = 8

/** Lets work of many small pieces be done without keeping all else waiting. */
export class Turns {
  readonly #signal: AbortSignal
  #since = performance.now()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  over(): boolean {
    return performance.now() - this.#since >= turnMs
  }

  /** Throws when the signal says so. */
  async next(): Promise<void> {
    this.#signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
    this.#since = performance.now()
  }
}
