/** Milliseconds of work before others get their turn. */
const turnMs = 8

/** Lets work of many small pieces be done without keeping all else waiting. */
export class WorkTurns {
  readonly #signal: AbortSignal
  #since = performance.now()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  isOver(): boolean {
    return performance.now() - this.#since >= turnMs
  }

  /** Throws when the signal says so. */
  async waitForNext(): Promise<void> {
    this.#signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
    this.#since = performance.now()
  }
}
