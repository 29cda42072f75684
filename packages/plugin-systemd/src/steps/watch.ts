import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { runsIn, watchProcesses } from '@dragonfab/plugin-release'
import { beforeFileName, type SystemdEnv, sudoOptionsOf, type UnitAction } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { beginCtl, look, report } from '../shell/ctl.ts'

/** `find_before <unit>`: prints its state and process before the restart. */
const findBefore = shellFunction(
  'systemd_find_before',
  sh`while read -r name state process; do [ "$name" != "$1" ] || printf %s "$state $process"; done <"$before"`,
)

/** `look_all <unit>…`: sets `$now` to a word `unit=process,restarts` for each, and `$pending` to those that are starting. Ends the step if one is down. */
const lookAll = shellFunction(
  'systemd_look_all',
  sh`
    now= pending=
    for unit; do
      [ -z "$only" ] || case $(${findBefore} "$unit") in active* | reloading*) ;; *) continue ;; esac
      ${look} "$unit"
      case $active,$sub,$type,$result in
        activating,auto-restart*) ${report} ${exitStatus.died} "$unit died ($result, status $status), and systemd is starting it again" "$unit" ;;
        activating,* | deactivating,* | reloading,*) pending="$pending $unit" ;;
        active,exited,oneshot,success | inactive,dead,oneshot,success) ;;
        active,exited,*) ${report} ${exitStatus.notRunning} "$unit has ended (status $status)" "$unit" ;;
        active,*) ;;
        *) ${report} ${exitStatus.notRunning} "$unit is $active ($result, status $status)" "$unit" ;;
      esac
      now="$now$unit=$pid,$restarts "
    done
  `,
)

/**
 * Whether the units are active, with the same process for `watch` seconds and in the live release. A service that ends by design (Type=oneshot)
 * must have succeeded. A process that a reload keeps runs in the release in which it was started.
 */
export function watchUnits(env: SystemdEnv, action: UnitAction): Step {
  const { units, watch: seconds, startLimit } = env.systemd
  const fresh = action === 'restart' || action === 'try-restart'
  const text = sh`
    ${beginCtl(env)}
    before="$DF_RUN"/${beforeFileName(env)} only=${action === 'try-restart' ? 'running' : ''}
    ${watchProcesses} ${lookAll} ${startLimit} ${seconds} ${units}
    [ -z "$pending" ] || ${report} ${exitStatus.starting} "\${pending# } is not active after $waited s" $pending
    [ -z "$changed" ] || ${report} ${exitStatus.died} "\${changed# } died within $waited s of its start, and systemd started it again" $changed
    for each in $now; do
      unit=\${each%%=*} pid=\${each#*=}
      pid=\${pid%%,*}
      [ "\${pid:-0}" != 0 ] || { echo "$unit is active, without a process"; continue; }
      ${
        fresh
          ? sh`
      [ "$(${findBefore} "$unit")" != "active $pid" ] || { echo "$unit is still process $pid"; exit ${exitStatus.notRestarted}; }
      ${runsIn} "$pid" ${env.currentPath} ${env.releasesPath} || { echo "$unit runs in $place"; exit ${exitStatus.otherRelease}; }`
          : sh`
      case $(${findBefore} "$unit") in
        "active $pid") place='its previous process' ;;
        *) ${runsIn} "$pid" ${env.currentPath} ${env.releasesPath} || { echo "$unit runs in $place"; exit ${exitStatus.otherRelease}; } ;;
      esac`
      }
      echo "$unit runs, process $pid, for $waited s, in $place"
    done
  `
  return step(text, { title: `watch ${units.join(', ')} for ${seconds} s`, failures, ...sudoOptionsOf(env) })
}
