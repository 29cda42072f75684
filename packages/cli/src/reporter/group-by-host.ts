import type { EventName, RunEvents } from '@dragonfab/core'
import type { Reporter } from './reporter.ts'

type StepEvent = 'step:start' | 'step:output' | 'step:end'

/** Prints the output of `tasks` one host after the other, in the config's order, when all hosts have answered. Otherwise lines of hosts would mix. */
export function groupByHost(inner: Reporter, tasks: ReadonlySet<string>): Reporter {
  const held = new Map<string, (() => void)[]>()
  const release = (): void => {
    for (const [host, events] of held) {
      held.set(host, [])
      for (const tell of events) tell()
    }
  }
  return {
    event<T extends EventName>(type: T, event: RunEvents[T]): void {
      if (type === 'run:start') for (const host of (event as RunEvents['run:start']).hosts) held.set(host, [])
      if (type === 'step:start' || type === 'step:output' || type === 'step:end') {
        const place = event as RunEvents[StepEvent]
        const mine = tasks.has(place.task) && place.target.kind === 'host' ? held.get(place.target.name) : undefined
        if (mine) return void mine.push(() => inner.event(type, event))
      }
      if (type === 'phase:end' || type === 'run:end') release()
      inner.event(type, event)
    },
    pressure: () => inner.pressure(),
    pause: () => inner.pause(),
    end: () => inner.end(),
  }
}
