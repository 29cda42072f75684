import type { Flow, TaskSpec } from '@dragonfab/core'

/** What every environment can be asked; plugins answer with steps on the signals. All problems are found at once. */
export const builtinFlows: Readonly<Record<string, Flow>> = {
  check: {
    summary: 'Can every host be reached and written to, is all there that a deployment needs: all problems at once',
    phases: [{ signals: ['check'] }],
    readOnly: true,
    keepGoing: true,
  },
  status: { summary: 'What runs where', phases: [{ signals: ['status'] }], readOnly: true, keepGoing: true },
}

export const builtinSpecs: Readonly<Record<string, TaskSpec>> = {
  history: {
    summary: 'Who did what, when and why, on every host',
    readOnly: true,
    // One JSON object a line, the newest last, as the host has them.
    run: ({ sh, step }) => step(sh`tail -n 20 "$DF_STATE/history.jsonl" 2>/dev/null || :`, { title: 'read the history' }),
  },
}
