import type { EventName, RunEvents, StepRef } from '@dragonfab/core'
import type { Reporter } from './reporter.ts'

/**
 * For a command that has this program's own streams: they are its alone, and it says itself what goes wrong in it. What else is to be told
 * (a release that is shipped for it, warnings, that there is nothing to run in) is for `alone`, which writes to stderr. On several
 * hosts output has the hosts' names, by `together`.
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

/** Events of the command itself, and an end that is nothing but its status. */
function isCommandEvent<T extends EventName>(type: T, event: RunEvents[T]): boolean {
  if (type === 'run:end') {
    const { problems } = event as RunEvents['run:end']
    return problems.length > 0 && problems.every(({ code }) => code === 'COMMAND_STATUS')
  }
  const { task, signal } = event as Partial<StepRef>
  return type.startsWith('step:') && task !== undefined && signal === task
}
