import type { Output } from './output.ts'
import type { Reporter } from './reporter.ts'

/** One event a line: `{ "type": "step:end", "time": 1700000000000, … }`. Nothing else is ever written to that stream. */
export function jsonReporter(output: Output, now: () => number): Reporter {
  return {
    event(type, event) {
      output.write(`${JSON.stringify({ type, time: now(), ...event })}\n`)
    },
    pressure: () => output.pressure(),
    pause: () => () => undefined,
    end: () => output.flushed(),
  }
}
