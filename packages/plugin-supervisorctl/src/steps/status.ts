import { type Step, sh, step } from '@dragonfab/core'
import { programNamesOf, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { ctlFunctions, look, operands, rowsOf, unknownFunction } from '../shell/ctl.ts'

/** Prints the states of the programs. `must`: fails if one does not run. */
export function showStatus(env: SupervisorEnv, { must }: { readonly must: boolean }): Step {
  const text = sh`
    ${ctlFunctions(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    for want in ${programNamesOf(env)}; do
      ${rowsOf} "$want" | while read -r name state pid rest; do
        [ "$pid" = - ] || rest="process $pid, \${rest#, }"
        printf '%-10s %s %s\n' "$name" "$state" "$rest"
      done
    done
    ${must ? sh`[ -z "$lacking" ] || ${unknownFunction} "no $lacking"` : sh`[ -z "$lacking" ] || echo "$lacking: unknown to supervisord"`}
    ${must ? downScript(env) : sh``}
  `
  return step(text, { title: `status of ${programNamesOf(env).join(', ')}`, failures, ...sudoOptionsOf(env) })
}

function downScript(env: SupervisorEnv) {
  return sh`
    down=$(for want in ${programNamesOf(env)}; do
      ${rowsOf} "$want" | while read -r name state pid rest; do [ "$state" = RUNNING ] || printf '%s %s; ' "$name" "$state"; done
    done)
    [ -z "$down" ] || { echo "\${down%; }"; exit ${exitStatus.notRunning}; }
  `
}
