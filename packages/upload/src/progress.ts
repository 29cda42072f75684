import { size, time } from './amounts.ts'

/** Milliseconds between two tellings. */
const every = 250

/** Tells how far a transfer is: `12 MB of 20 MB · 8.2 MB/s · 1 s left`. The rate is that of the last seconds. */
export class Progress {
  readonly #total: number
  readonly #tell: (text: string) => void
  readonly #now: () => number
  #done = 0
  #told: number
  /** When how much was done, of the last few tellings. */
  readonly #past: [number, number][]

  constructor(total: number, tell: (text: string) => void, now: () => number = () => performance.now()) {
    this.#total = total
    this.#tell = tell
    this.#now = now
    this.#told = now()
    this.#past = [[this.#told, 0]]
  }

  add(bytes: number): void {
    this.#done += bytes
    const now = this.#now()
    if (now - this.#told < every) return
    this.#told = now
    const [since, before] = this.#past[0] ?? [now, 0]
    this.#past.push([now, this.#done])
    if (this.#past.length > 12) this.#past.shift()
    const rate = ((this.#done - before) / Math.max(1, now - since)) * 1000
    const left = rate > 0 ? ` · ${time((this.#total - this.#done) / rate)} left` : ''
    this.#tell(`${size(this.#done)} of ${size(this.#total)} · ${size(Math.round(rate))}/s${left}`)
  }
}
