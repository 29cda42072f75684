import { type Step, sh, step } from '@dragonfab/core'
import { asOf, type SupervisorEnv, wantedOf } from '../env.ts'
import { failures, outcomes } from '../outcomes.ts'
import { ctl, look, operands, rowsOf, unknown } from '../shell/ctl.ts'

/** What supervisord says of the programs. `must`: it is a failure where one does not run. */
export function status(env: SupervisorEnv, { must }: { readonly must: boolean }): Step {
  const text = sh`
    ${ctl(env)}
    ${look}
    ${operands} ${wantedOf(env)}
    for want in ${wantedOf(env)}; do
      ${rowsOf} "$want" | while read -r name state pid rest; do
        [ "$pid" = - ] || rest="process $pid, \${rest#, }"
        printf '%-10s %s %s\n' "$name" "$state" "$rest"
      done
    done
    ${must ? sh`[ -z "$lacking" ] || ${unknown} "no $lacking"` : sh`[ -z "$lacking" ] || echo "$lacking: not known to supervisord"`}
    ${must ? down(env) : sh``}
  `
  return step(text, { title: `status of ${wantedOf(env).join(', ')}`, failures, ...asOf(env) })
}

function down(env: SupervisorEnv) {
  return sh`
    down=$(for want in ${wantedOf(env)}; do
      ${rowsOf} "$want" | while read -r name state pid rest; do [ "$state" = RUNNING ] || printf '%s %s; ' "$name" "$state"; done
    done)
    [ -z "$down" ] || { echo "\${down%; }"; exit ${outcomes.notRunning.status}; }
  `
}
