import type { Bus, EventName } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'

const events: ReadonlySet<string> = new Set<EventName>([
  'run:start',
  'host:connected',
  'lock:waiting',
  'task:start',
  'task:end',
  'phase:start',
  'phase:end',
  'step:start',
  'step:output',
  'step:end',
  'note',
  'host:failed',
  'observer:failed',
  'signal',
  'run:end',
])

/** Registers the plugins' observers, each for the event of a run or the signal of a flow that it names. */
export function observe(project: Project, bus: Bus): void {
  for (const plugin of project.plugins) {
    for (const [name, listener] of Object.entries(plugin.observe)) {
      if (events.has(name)) bus.observe(plugin.name, name as EventName, listener)
      else bus.observe(plugin.name, 'signal', (event) => (event.signal === name ? listener(event) : undefined))
    }
  }
}
