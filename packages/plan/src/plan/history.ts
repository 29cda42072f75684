import { type Step, sh, step } from '@dragonfab/core'
import type { Facts } from '../project/types.ts'

/**
 * One line of `history.jsonl` on the host: who, when (by the host's clock), what, why, result.
 * `$DF_WHO` is set by the session, so that a saved plan tells who applied it; so is `$DF_R`, the run's id, so that the script is the same text
 * each time that it is planned from the same facts. After a failure `$DF_RESULT` says how the way back went.
 * It goes through `cat`, which tells why it cannot write: a shell's own `printf` says “I/O error” of a full disk.
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
  // Where nothing was ever run that makes the state directory, there is no history yet, and a command is no reason to begin one.
  return step(sh`${sh.raw('[ ! -d "$DF_STATE" ] ||')} ${text}`, { title, allowFailure: true })
}

/** Facts that fit a line: texts and numbers. */
function pickLoggable(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number'))
}
