import { type Step, sh, step } from '@dragonfab/core'
import { runsIn } from '@dragonfab/plugin-release'
import { beforeFileName, type SystemdEnv, sudoOptionsOf, type UnitAction } from '../env.ts'
import { exitCases, failures } from '../exit-statuses.ts'
import { ctlFunctions, reportFunctions } from '../shell/ctl.ts'

/**
 * Whether the units are active, with the same process for `watch` seconds and in the live release. A service that ends by design
 * (Type=oneshot) must have ended well. What a reload leaves as it is runs in the release where it was started.
 */
export function watchUnits(env: SystemdEnv, action: UnitAction): Step {
  const { units, watch: seconds, startLimit } = env.systemd
  const fresh = action === 'restart' || action === 'try-restart'
  const text = sh`
    ${ctlFunctions(env)}
    ${reportFunctions}
    was() { while read -r name state process; do [ "$name" != "$1" ] || printf %s "$state $process"; done <"$DF_RUN"/${beforeFileName(env)}; }
    # all: the state of every unit, in $now a word for each; ends the step for one that is down
    all() {
      now= pending=
      for unit in ${units}; do
        ${action === 'try-restart' ? sh`case $(was "$unit") in active* | reloading*) ;; *) continue ;; esac` : sh``}
        look "$unit"
        case $active,$sub,$type,$result in
          activating,auto-restart*) report ${exitCases.died.status} "$unit died ($result, status $status), and systemd starts it again" "$unit" ;;
          activating,* | deactivating,* | reloading,*) pending="$pending $unit" ;;
          active,exited,oneshot,success | inactive,dead,oneshot,success) ;;
          active,exited,*) report ${exitCases.notRunning.status} "$unit has ended (status $status)" "$unit" ;;
          active,*) ;;
          *) report ${exitCases.notRunning.status} "$unit is $active ($result, status $status)" "$unit" ;;
        esac
        now="$now$unit=$pid,$restarts "
      done
    }
    all
    waited=0
    while [ -n "$pending" ]; do
      [ "$waited" -lt ${startLimit} ] || report ${exitCases.starting.status} "\${pending# } is not active after $waited s" $pending
      sleep 1
      waited=$((waited + 1))
      all
    done
    first=$now waited=0
    while [ "$waited" -lt ${seconds} ]; do
      sleep 1
      waited=$((waited + 1))
      all
      [ "$now" != "$first" ] || continue
      changed=
      for each in $first; do case " $now" in *" $each "*) ;; *) changed="$changed \${each%%=*}" ;; esac; done
      report ${exitCases.died.status} "\${changed# } died within $waited s of its start, and systemd has started it again" $changed
    done
    for each in $now; do
      unit=\${each%%=*} pid=\${each#*=}
      pid=\${pid%%,*}
      [ "\${pid:-0}" != 0 ] || { echo "$unit is as it should be, without a process"; continue; }
      ${
        fresh
          ? sh`
      [ "$(was "$unit")" != "active $pid" ] || { echo "$unit is still process $pid"; exit ${exitCases.notRestarted.status}; }
      ${runsIn} "$pid" ${env.currentPath} ${env.releasesPath} || { echo "$unit runs in $place"; exit ${exitCases.otherRelease.status}; }`
          : sh`
      case $(was "$unit") in
        "active $pid") place='the process of before' ;;
        *) ${runsIn} "$pid" ${env.currentPath} ${env.releasesPath} || { echo "$unit runs in $place"; exit ${exitCases.otherRelease.status}; } ;;
      esac`
      }
      echo "$unit runs, process $pid, for $waited s, in $place"
    done
  `
  return step(text, { title: `watch ${units.join(', ')} for ${seconds} s`, failures, ...sudoOptionsOf(env) })
}
