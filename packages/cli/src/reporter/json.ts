import type { EventName, Problem } from '@dragonfab/core'
import type { Output } from './output.ts'
import type { Reporter } from './reporter.ts'

/** Writes one event per line: `{ "type": "step:end", "time": 1700000000000, … }`. Nothing else is ever written to this stream. */
export function jsonReporter(output: Output, now: () => number): Reporter {
  return {
    event(type, event) {
      output.write(formatEvent(type, event, now()))
    },
    pressure: () => output.pressure(),
    pause: () => () => undefined,
    end: () => output.flush(),
  }
}

/** The only event of a run that could not start. */
export function formatRefusal(problems: readonly Problem[], status: number, time: number): string {
  return formatEvent('run:end', { status, ms: 0, hosts: [], tasks: [], problems }, time)
}

const formatEvent = (type: EventName, event: object, time: number): string => `${JSON.stringify({ type, time, ...event })}\n`
