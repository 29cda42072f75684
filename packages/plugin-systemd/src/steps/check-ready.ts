import { type Step, sh, step } from '@dragonfab/core'
import { installedUnits, type SystemdEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { ask, asRoot, beginCtl, explain, look } from '../shell/ctl.ts'

/** Whether systemd answers, has the units, and lets this user change them. Runs before any host switches, and changes nothing. */
export function checkReady(env: SystemdEnv): Step {
  const ownUnits = installedUnits(env)
  const otherUnits = env.systemd.units.filter((unit) => !ownUnits.includes(unit))
  const text = sh`
    ${beginCtl(env)}
    ${ask} show -p Version
    [ "$rc" = 0 ] || ${explain}
    for unit in ${otherUnits}; do
      ${look} "$unit"
      case $load in
        loaded) ;;
        masked) echo "$unit is masked"; exit ${exitStatus.unknown} ;;
        not-found) echo "$unit"; exit ${exitStatus.unknown} ;;
        *) echo "$unit: $load"; exit ${exitStatus.unknown} ;;
      esac
    done
    if [ -n "$sudo" ]; then
      ${asRoot} -l systemctl restart ${env.systemd.units}
      [ "$rc" = 0 ] || { printf '%s\n' "$answer"; [ -n "$answer" ] || echo 'sudo does not allow systemctl restart'; exit ${exitStatus.denied}; }
    fi
    echo 'systemd answers for' ${env.systemd.units}
  `
  return step(text, { title: 'can systemd restart the units', failures, ...sudoOptionsOf(env) })
}
