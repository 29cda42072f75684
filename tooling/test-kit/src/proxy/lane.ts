import type { Socket } from 'node:net'

interface WaitingBytes {
  readonly due: number
  /** None stands for the end of the stream. */
  readonly bytes: Buffer | undefined
  readonly depth: number
}

export interface LaneOptions {
  readonly from: Socket
  readonly to: Socket
  /** Milliseconds that a byte takes; asked for every chunk, so that it can change. */
  readonly delayMs: () => number
  /** Nothing is handed on before this time (of `performance.now`). */
  readonly opensAt: number
  /** The depth that a chunk carries: how many round trips its sender had seen. */
  readonly depth: () => number
  /** Hands bytes on: the owner decides how many (a fault), counts them, and writes. */
  readonly deliver: (bytes: Buffer, depth: number) => void
}

/** Far more than any window in these tests; beyond it, a stalled sender is held back as a network would. */
const most = 64 * 1024 * 1024

/**
 * One direction of one connection. Every chunk is handed on a constant time after it came, in order, with any number of
 * chunks under way: latency costs no bandwidth. A slow receiver holds back the sender.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #queue: WaitingBytes[] = []
  #queued = 0
  #timer: NodeJS.Timeout | undefined
  #held = false
  #closed = false
  #lastDue = 0

  constructor(options: LaneOptions) {
    this.#options = options
    options.from.on('data', (bytes: Buffer) => this.#take(bytes))
    options.from.on('end', () => this.#take(undefined))
    options.to.on('drain', () => this.#flow())
  }

  /** Hands on nothing until {@link release}. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.#pump()
  }

  /** Drops all that is under way. */
  close(): void {
    this.#closed = true
    this.#queue.length = 0
    clearTimeout(this.#timer)
  }

  #take(bytes: Buffer | undefined): void {
    const due = Math.max(this.#lastDue, performance.now() + this.#options.delayMs(), this.#options.opensAt)
    this.#lastDue = due
    this.#queue.push({ due, bytes, depth: this.#options.depth() })
    this.#queued += bytes?.length ?? 0
    if (this.#queued > most) this.#options.from.pause()
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const [next] = this.#queue
      if (!next || this.#held || this.#closed) return
      const wait = next.due - performance.now()
      if (wait > 0) {
        // Rounded up: a timer may fire a fraction early, and would be set again for nothing.
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(wait))
        return
      }
      this.#queue.shift()
      this.#queued -= next.bytes?.length ?? 0
      if (next.bytes) this.#options.deliver(next.bytes, next.depth)
      else this.#options.to.end()
      this.#flow()
    }
  }

  #flow(): void {
    const { from, to } = this.#options
    if (to.writableNeedDrain || this.#queued > most) from.pause()
    else if (from.isPaused()) from.resume()
  }
}
