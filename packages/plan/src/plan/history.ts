import { type Step, sh, step } from '@dragonfab/core'
import type { Facts } from '../project/types.ts'

/**
 * One line of `history.jsonl` on the host: who, when (by the host's clock), what, why, result.
 * The session sets `$DF_WHO`, so that a saved plan records who applied it, and `$DF_R`, the run's id, so that equal facts give an equal script.
 * After a failure `$DF_RESULT` says whether the run was undone.
 * The line goes through `cat`, which reports why it cannot write. A shell's `printf` reports a full disk as “I/O error”.
 */
export function historyStep(
  request: {
    readonly environment: string
    readonly command: readonly string[]
    readonly facts: Facts
    readonly reason?: string | undefined
  },
  host: string,
  task: string,
  result: 'done' | 'failed',
  unlocked = false,
): Step {
  const { environment, command, facts, reason } = request
  const hostFacts = { ...facts.local, ...facts.hosts[host] }
  const fixedFields = JSON.stringify({
    environment,
    task,
    command: command.join(' '),
    ...(reason && { reason }),
    ...pickLoggable(hostFacts),
  }).slice(1, -1)
  const outcome = result === 'done' ? sh.raw('done') : sh.raw('"$DF_RESULT"')
  const text = sh`printf '{"when":"%s",%s,"run":"%s",%s,"result":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$DF_WHO" "$DF_R" ${fixedFields} ${outcome} | cat >>"$DF_STATE/history.jsonl"`
  const title = 'write the history'
  if (!unlocked) return step(text, { title, ...(result === 'failed' && { allowFailure: true }) })
  // Without a state directory there is no history yet, and this does not create one.
  return step(sh`${sh.raw('[ ! -d "$DF_STATE" ] ||')} ${text}`, { title, allowFailure: true })
}

/** Facts that fit on a line: text and numbers. */
function pickLoggable(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number'))
}
