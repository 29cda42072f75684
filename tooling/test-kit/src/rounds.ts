/** Set by `npm test -- --long`. */
const long = process.env.DRAGONFAB_TEST_LONG === '1'

/**
 * How many random faults a test injects. `quick` is for every change: some of each kind. `long` is what a release is tried with, by
 * `npm test -- --long`.
 */
export function rounds(count: { readonly quick: number; readonly long: number }): number {
  return long ? count.long : count.quick
}

/**
 * One of `count` moments between 0 and 1: at random within its own part, so that even a few of them reach every phase of what they interrupt.
 */
export function randomMoment(index: number, count: number): number {
  return ((index % count) + Math.random()) / count
}
