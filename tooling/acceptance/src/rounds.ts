/**
 * How often a suite injects its fault. `DRAGONFAB_ROUNDS=5` makes it five times as many (for a night), `0.1` a tenth (while working on a suite).
 */
export function rounds(count: number): number {
  const factor = Number(process.env.DRAGONFAB_ROUNDS ?? 1)
  if (!(factor > 0)) throw new Error(`DRAGONFAB_ROUNDS should be a number above 0, not ${process.env.DRAGONFAB_ROUNDS}`)
  return Math.max(2, Math.round(count * factor))
}

/** Counts by name, for the suite's last line. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, this.of(name) + count)
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  toString(): string {
    return [...this.#counts].map(([name, count]) => `${name} ${count}`).join(', ')
  }
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0
}
