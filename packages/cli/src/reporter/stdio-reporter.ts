import type { EventName, RunEvents, StepRef } from '@dragonfab/core'
import type { Reporter } from './reporter.ts'

/**
 * For a command that uses this program's own streams. Nothing else is written to them, and the command reports its own failures.
 * `stderrReporter` shows everything else (a release that is made for it, warnings, problems before it starts) on stderr. If several hosts run
 * the command, `createHostsReporter` prefixes the output with their names.
 */
export function createStdioReporter(stderrReporter: Reporter, createHostsReporter: () => Reporter): Reporter {
  let current = stderrReporter
  return {
    event<T extends EventName>(type: T, event: RunEvents[T]) {
      if (type === 'run:start' && (event as RunEvents['run:start']).hosts.length > 1) current = createHostsReporter()
      if (current !== stderrReporter || !isCommandEvent(type, event)) current.event(type, event)
    },
    pressure: () => current.pressure(),
    pause: () => current.pause(),
    async end() {
      await stderrReporter.end()
      if (current !== stderrReporter) await current.end()
    },
  }
}

/** Whether an event belongs to the command itself. So does an end of the run that contains only its status. */
function isCommandEvent<T extends EventName>(type: T, event: RunEvents[T]): boolean {
  if (type === 'run:end') {
    const { problems } = event as RunEvents['run:end']
    return problems.length > 0 && problems.every(({ code }) => code === 'COMMAND_STATUS')
  }
  const { task, signal } = event as Partial<StepRef>
  return type.startsWith('step:') && task !== undefined && signal === task
}
