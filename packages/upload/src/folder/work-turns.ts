/** Milliseconds of work before other work gets its turn. */
const turnMs = 8

/** Lets work that consists of many small pieces run without blocking other work. */
export class WorkTurns {
  readonly #signal: AbortSignal
  #since = performance.now()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  isOver(): boolean {
    return performance.now() - this.#since >= turnMs
  }

  /** Waits until other work had its turn. Throws if the signal is aborted. */
  async waitForNext(): Promise<void> {
    this.#signal.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
    this.#since = performance.now()
  }
}
