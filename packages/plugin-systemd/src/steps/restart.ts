import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import { beforeFileName, type SystemdEnv, sudoOptionsOf, type UnitAction } from '../env.ts'
import { exitCases, failures } from '../exit-statuses.ts'
import { ctlFunctions, reportFunctions } from '../shell/ctl.ts'
import { watchUnits } from './watch.ts'

/** Restarts or reloads the units, and watches them. */
export function restartUnits(env: SystemdEnv, action: UnitAction = env.systemd.action): readonly Step[] {
  return [
    step(actScript(env, action), { title: `${action} ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) }),
    watchUnits(env, action),
  ]
}

/** What was there before is kept, so that afterwards a process can be told from the one before. */
function actScript(env: SystemdEnv, action: UnitAction): Fragment {
  const { units } = env.systemd
  return sh`
    ${ctlFunctions(env)}
    ${reportFunctions}
    : >"$DF_RUN"/${beforeFileName(env)}
    running= idle=
    for unit in ${units}; do
      look "$unit"
      [ "$load" = loaded ] || { echo "$unit: $load"; exit ${exitCases.unknown.status}; }
      printf '%s %s %s\n' "$unit" "$active" "$pid" >>"$DF_RUN"/${beforeFileName(env)}
      case $active in active | reloading) running="$running $unit" ;; *) idle="$idle $unit" ;; esac
    done
    told() {
      [ "$rc" = 0 ] && return
      case $said in *[Jj]ob' for '* | *'failed because'* | *'ailed with result'*) ;; *) explain ;; esac
      down=
      for unit in ${units}; do
        look "$unit"
        case $active in active) ;; *) down="$down $unit" ;; esac
      done
      report ${exitCases.notRunning.status} "$(printf '%s\n' "$said" | head -n 1)" \${down:-${units}}
    }
    ${
      action === 'reload'
        ? sh`
    [ -z "$running" ] || { act reload $running; told; }
    [ -z "$idle" ] || { act start $idle; told; }`
        : sh`
    act ${action} ${units}
    told`
    }
  `
}

export function stopUnits(env: SystemdEnv): Step {
  const text = sh`
    ${ctlFunctions(env)}
    act stop ${env.systemd.units}
    [ "$rc" = 0 ] || explain
  `
  return step(text, { title: `stop ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) })
}
