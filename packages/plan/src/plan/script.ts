import { exportLines } from '@dragonfab/core'

/** What compiles into one script: steps with their final text. */
export interface ScriptStep {
  readonly comment: string
  readonly text: string
  readonly allowFailure: boolean
  readonly detached: boolean
}

/**
 * One POSIX script from many steps. `begin`, `finish`, `enter` and `survive` are functions of the session (@dragonfab/run);
 * `begin` and `finish` put the marks on the output from which each step's start, end and status are known while the script runs.
 * Each step has its own subshell, so that its `exit`, `cd` and variables stay in it. `( … ) || x` would disable errexit inside
 * the parentheses (POSIX sh, `set -e`), hence the status goes through `$?`. A step that may fail ends in `|| :`, since the last status is the
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
