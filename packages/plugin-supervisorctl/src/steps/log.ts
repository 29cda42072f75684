import { type Step, sh, step } from '@dragonfab/core'
import { programNamesOf, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { failures } from '../exit-statuses.ts'
import { ask, ctlFunctions, look, operands, rowsOf, unknownFunction } from '../shell/ctl.ts'

/** Prints the last lines of each program's logs. */
export function showLog(env: SupervisorEnv): Step {
  const text = sh`
    ${ctlFunctions(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    [ -z "$lacking" ] || ${unknownFunction} "no $lacking"
    for want in ${programNamesOf(env)}; do ${rowsOf} "$want"; done | while read -r name rest; do
      for stream in stdout stderr; do
        ${ask} tail -16000 "$name" "$stream"
        case $rc,$answer in 0, | *': ERROR ('*) continue ;; esac
        printf '%s, %s:\n%s\n' "$name" "$stream" "$answer"
      done
    done
  `
  return step(text, { title: `log of ${programNamesOf(env).join(', ')}`, failures, ...sudoOptionsOf(env) })
}
