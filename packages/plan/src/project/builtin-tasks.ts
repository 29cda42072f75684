import { type CoreSignal, type Flow, type Step, sh, step } from '@dragonfab/core'

/** A task that every environment has. One with neither signals nor a step is done by the command line itself. */
export interface BuiltinTask {
  readonly summary: string
  readonly readOnly?: true
  /** False if plugins may not create or start hosts for it, because it is about hosts that exist. */
  readonly preparesHosts?: false
  /** Plugins do it, with hooks on these signals. It continues after a failed step. */
  readonly signals?: readonly CoreSignal[]
  readonly step?: Step
}

/** The tasks that every environment has, in the order of `--help`. Everything that is known about them in advance is here. */
export const builtinTasks: Readonly<Record<string, BuiltinTask>> = {
  deploy: { summary: 'Run the environment’s sequence or, without one, the tasks that ship the application' },
  check: { summary: 'Check that every host is ready, and report all problems at once', readOnly: true, signals: ['check'] },
  status: { summary: 'Show what runs on every host', readOnly: true, signals: ['status'] },
  history: {
    summary: 'Show who did what, when and why, on every host',
    readOnly: true,
    // One JSON object per line, the newest last.
    step: step(sh`tail -n 20 "$DF_STATE/history.jsonl" 2>/dev/null || :`, { title: 'read the history' }),
  },
  env: { summary: 'Show all variables, and the layer that sets each', readOnly: true },
  lock: { summary: 'Lock every host against deployments until unlock (--reason)', preparesHosts: false },
  unlock: { summary: 'Remove a lock that was set by hand', preparesHosts: false },
}

/** First words of a command line that are not environments. */
export const commandNames = ['list', 'apply', 'new', 'help', 'completion'] as const
export type CommandName = (typeof commandNames)[number]

export function builtinFlow({ summary, signals = [], readOnly }: BuiltinTask): Flow {
  return { summary, phases: [{ signals }], readOnly: readOnly ?? false, keepGoing: true }
}
