import { exportLines } from '@dragonfab/core'

/** A step with its final text. */
export interface ScriptStep {
  readonly comment: string
  readonly text: string
  readonly allowFailure: boolean
  readonly detached: boolean
}

/**
 * One POSIX script from many steps. `begin`, `finish`, `enter` and `survive` are functions of the session (@dragonfab/run). `begin` and `finish`
 * write marks between the output, which report each step's start, end and status while the script runs.
 * Each step has its own subshell, so that its `exit`, `cd` and variables stay there. `( … ) || x` would disable errexit within the
 * parentheses (POSIX sh, `set -e`), so the status goes through `$?`. A step that may fail ends in `|| :`, since the last status is the
 * script's.
 */
export function compileScript(
  steps: readonly ScriptStep[],
  options: { readonly shellEnv: Readonly<Record<string, string>>; readonly keepGoing: boolean },
): string {
  const lines = [...exportLines(options.shellEnv)]
  steps.forEach((step, index) => {
    const orEnd = step.allowFailure ? ' || :' : options.keepGoing ? ' || DF_FAILED=1' : ' || exit'
    const end = `finish ${index} $?${orEnd}`
    if (step.detached) lines.push(`begin ${index} # ${step.comment}`, wrapDetached(step.text, index), end)
    else lines.push(`begin ${index}; (enter # ${step.comment}`, step.text, `); ${end}`)
  })
  if (options.keepGoing) lines.push(`exit "\${DF_FAILED:-0}"`)
  return lines.join('\n')
}

function wrapDetached(text: string, index: number): string {
  const lines = new Set(text.split('\n'))
  let end = 'END'
  while (lines.has(end)) end += '_'
  return `survive ${index} <<'${end}'\n${text}\n${end}`
}
