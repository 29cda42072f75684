import { type Step, sh, step } from '@dragonfab/core'
import { type SystemdEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { beginCtl, journal, look } from '../shell/ctl.ts'

/** Prints the states of the units. `must`: fails if one is not active. */
export function showStatus(env: SystemdEnv, { must }: { readonly must: boolean }): Step {
  const text = sh`
    ${beginCtl(env)}
    down=
    for unit in ${env.systemd.units}; do
      ${look} "$unit"
      case $load in loaded) ;; *) active=$load sub=$load ;; esac
      process=
      [ "$pid" = 0 ] || process=", process $pid"
      printf '%-10s %s (%s)%s\n' "$unit" "$active" "$sub" "$process"
      case $active,$type,$result in active,* | inactive,oneshot,success) ;; *) down="$down $unit" ;; esac
    done
    ${must ? sh`[ -z "$down" ] || { echo "not active:$down"; exit ${exitStatus.notRunning}; }` : sh``}
  `
  return step(text, { title: `status of ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) })
}

/** Prints the last lines of each unit's journal. */
export function showLog(env: SystemdEnv): Step {
  const text = sh`
    ${beginCtl(env)}
    for each in ${env.systemd.units}; do
      ${journal} "$each" 100
      printf '%s:\n%s\n' "$each" "$answer"
    done
  `
  return step(text, { title: `journal of ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) })
}
