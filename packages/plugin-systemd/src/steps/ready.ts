import { type Step, sh, step } from '@dragonfab/core'
import { asOf, installed, type SystemdEnv } from '../env.ts'
import { failures, outcomes } from '../outcomes.ts'
import { ctl } from '../shell/ctl.ts'

/** Whether systemd can be spoken with, has the units, and lets this user change them; asked before any host switches. Changes nothing. */
export function ready(env: SystemdEnv): Step {
  const own = installed(env)
  const there = env.systemd.units.filter((unit) => !own.includes(unit))
  const text = sh`
    ${ctl(env)}
    ask show -p Version
    [ "$rc" = 0 ] || explain
    for unit in ${there}; do
      look "$unit"
      case $load in
        loaded) ;;
        masked) echo "$unit is masked"; exit ${outcomes.unknown.status} ;;
        not-found) echo "$unit"; exit ${outcomes.unknown.status} ;;
        *) echo "$unit: $load"; exit ${outcomes.unknown.status} ;;
      esac
    done
    if [ -n "$sudo" ]; then
      as_root -l systemctl restart ${env.systemd.units}
      [ "$rc" = 0 ] || { printf '%s\n' "$said"; [ -n "$said" ] || echo 'sudo does not allow systemctl restart'; exit ${outcomes.denied.status}; }
    fi
    echo 'systemd answers for' ${env.systemd.units}
  `
  return step(text, { title: 'can systemd be told to restart', failures, ...asOf(env) })
}
