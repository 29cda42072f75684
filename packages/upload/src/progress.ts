import { formatSeconds, formatSize } from './format-amounts.ts'

/** Milliseconds between two reports. */
const intervalMs = 250

/** Reports the progress of a transfer: `12 MB of 20 MB · 8.2 MB/s · 1 s left`. The rate is that of the last seconds. */
export class TransferProgress {
  readonly #total: number
  readonly #report: (text: string) => void
  readonly #now: () => number
  #done = 0
  #reportedAt: number
  /** The times and amounts of the last few reports. */
  readonly #samples: [number, number][]

  constructor(total: number, tell: (text: string) => void, now: () => number = () => performance.now()) {
    this.#total = total
    this.#report = tell
    this.#now = now
    this.#reportedAt = now()
    this.#samples = [[this.#reportedAt, 0]]
  }

  add(bytes: number): void {
    this.#done += bytes
    const now = this.#now()
    if (now - this.#reportedAt < intervalMs) return
    this.#reportedAt = now
    const [since, before] = this.#samples[0] ?? [now, 0]
    this.#samples.push([now, this.#done])
    if (this.#samples.length > 12) this.#samples.shift()
    const rate = ((this.#done - before) / Math.max(1, now - since)) * 1000
    const left = rate > 0 ? ` · ${formatSeconds((this.#total - this.#done) / rate)} left` : ''
    this.#report(`${formatSize(this.#done)} of ${formatSize(this.#total)} · ${formatSize(Math.round(rate))}/s${left}`)
  }
}
