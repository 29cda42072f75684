import { type Fragment, type Step, sh, shellFunction, step } from '@dragonfab/core'
import { beforeFileName, type SystemdEnv, sudoOptionsOf, type UnitAction } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { act, beginCtl, explain, look, report } from '../shell/ctl.ts'
import { watchUnits } from './watch.ts'

/** Restarts or reloads the units, and watches them. */
export function restartUnits(env: SystemdEnv, action: UnitAction = env.systemd.action): readonly Step[] {
  return [
    step(actScript(env, action), { title: `${action} ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) }),
    watchUnits(env, action),
  ]
}

/** `check_act <unit>…`: if the last command failed, ends the step with the journals of the units that are down. */
const checkAct = shellFunction(
  'systemd_check_act',
  sh`
    [ "$rc" = 0 ] && return
    why=$(printf '%s\n' "$answer" | head -n 1)
    case $answer in *[Jj]ob' for '* | *'failed because'* | *'ailed with result'*) ;; *) ${explain} ;; esac
    down=
    for unit; do
      ${look} "$unit"
      case $active in active) ;; *) down="$down $unit" ;; esac
    done
    [ -z "$down" ] || set -- $down
    ${report} ${exitStatus.notRunning} "$why" "$@"
  `,
)

/** Notes the previous processes, so that they can be distinguished from the new ones. */
function actScript(env: SystemdEnv, action: UnitAction): Fragment {
  const { units } = env.systemd
  return sh`
    ${beginCtl(env)}
    : >"$DF_RUN"/${beforeFileName(env)}
    running= idle=
    for unit in ${units}; do
      ${look} "$unit"
      [ "$load" = loaded ] || { echo "$unit: $load"; exit ${exitStatus.unknown}; }
      printf '%s %s %s\n' "$unit" "$active" "$pid" >>"$DF_RUN"/${beforeFileName(env)}
      case $active in active | reloading) running="$running $unit" ;; *) idle="$idle $unit" ;; esac
    done
    ${
      action === 'reload'
        ? sh`
    [ -z "$running" ] || { ${act} reload $running; ${checkAct} ${units}; }
    [ -z "$idle" ] || { ${act} start $idle; ${checkAct} ${units}; }`
        : sh`
    ${act} ${action} ${units}
    ${checkAct} ${units}`
    }
  `
}

export function stopUnits(env: SystemdEnv): Step {
  const text = sh`
    ${beginCtl(env)}
    ${act} stop ${env.systemd.units}
    [ "$rc" = 0 ] || ${explain}
  `
  return step(text, { title: `stop ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) })
}
