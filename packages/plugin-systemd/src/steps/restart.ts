import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import { type Action, asOf, beforeOf, type SystemdEnv } from '../env.ts'
import { failures, outcomes } from '../outcomes.ts'
import { ctl, report } from '../shell/ctl.ts'
import { watch } from './watch.ts'

/** Restarts or reloads the units, and watches them. */
export function restart(env: SystemdEnv, action: Action = env.systemd.action): readonly Step[] {
  return [step(acting(env, action), { title: `${action} ${env.systemd.units.join(', ')}`, failures, ...asOf(env) }), watch(env, action)]
}

/** What was there before is kept, so that afterwards a process can be told from the one before. */
function acting(env: SystemdEnv, action: Action): Fragment {
  const { units } = env.systemd
  return sh`
    ${ctl(env)}
    ${report}
    : >"$RUN"/${beforeOf(env)}
    running= idle=
    for unit in ${units}; do
      look "$unit"
      [ "$load" = loaded ] || { echo "$unit: $load"; exit ${outcomes.unknown.status}; }
      printf '%s %s %s\n' "$unit" "$active" "$pid" >>"$RUN"/${beforeOf(env)}
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
      report ${outcomes.notRunning.status} "$(printf '%s\n' "$said" | head -n 1)" \${down:-${units}}
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

export function stop(env: SystemdEnv): Step {
  const text = sh`
    ${ctl(env)}
    act stop ${env.systemd.units}
    [ "$rc" = 0 ] || explain
  `
  return step(text, { title: `stop ${env.systemd.units.join(', ')}`, failures, ...asOf(env) })
}
