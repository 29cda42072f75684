import { type Step, sh, step } from '@dragonfab/core'
import { asOf, type SupervisorEnv, wantedOf } from '../env.ts'
import { failures } from '../outcomes.ts'
import { ask, ctl, look, operands, rowsOf, unknown } from '../shell/ctl.ts'

/** The end of what each program wrote, as supervisord keeps it. */
export function log(env: SupervisorEnv): Step {
  const text = sh`
    ${ctl(env)}
    ${look}
    ${operands} ${wantedOf(env)}
    [ -z "$lacking" ] || ${unknown} "no $lacking"
    for want in ${wantedOf(env)}; do ${rowsOf} "$want"; done | while read -r name rest; do
      for stream in stdout stderr; do
        ${ask} tail -16000 "$name" "$stream"
        case $rc,$said in 0, | *': ERROR ('*) continue ;; esac
        printf '%s, %s:\n%s\n' "$name" "$stream" "$said"
      done
    done
  `
  return step(text, { title: `log of ${wantedOf(env).join(', ')}`, failures, ...asOf(env) })
}
