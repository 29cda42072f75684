import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { runsIn, watchProcesses } from '@dragonfab/plugin-release'
import { programNamesOf, runFileName, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { ctlFunctions, look, operands, rowsOf, unknownFunction } from '../shell/ctl.ts'
import { reportFunctions, stateOf } from '../shell/report.ts'

/** `look_all <name>…`: sets `$now` to a word `name=process` for each program that runs, and `$pending` to those that are starting; ends the step if one is down. */
const lookAll = shellFunction(
  'supervisorctl_look_all',
  sh`
    ${look}
    ${operands} "$@"
    [ -z "$lacking" ] || ${unknownFunction} "no $lacking"
    mine=$(for want in "$@"; do ${rowsOf} "$want"; done)
    now=$(printf '%s\n' "$mine" | while read -r name state pid rest; do [ "$state" != RUNNING ] || printf '%s=%s ' "$name" "$pid"; done)
    pending=$(printf '%s\n' "$mine" | while read -r name state rest; do [ "$state" != STARTING ] || printf '%s ' "$name"; done)
    down=$(printf '%s\n' "$mine" | while read -r name state rest; do case $state in RUNNING | STARTING) ;; *) printf '%s ' "$name" ;; esac; done)
    [ -z "$down" ] || ${reportFunctions} ${exitStatus.notRunning} "$(${stateOf} $down)" $down
  `,
)

/** `find_before <name>`: prints its process before the restart. */
const findBefore = shellFunction(
  'supervisorctl_find_before',
  sh`while read -r name state pid rest; do [ "$name" != "$1" ] || printf %s "$pid"; done <"$before"`,
)

/**
 * Whether the programs run, with the same process for `watch` seconds, and in the live release. It waits for programs that are STARTING.
 * `restarted`: a process from before the restart is a failure.
 */
export function watchPrograms(env: SupervisorEnv, { restarted }: { readonly restarted: boolean }): Step {
  const { watch: seconds, startLimit } = env.supervisorctl
  const names = programNamesOf(env)
  const text = sh`
    ${ctlFunctions(env)}
    before="$DF_RUN"/${runFileName(env, 'before')}
    ${watchProcesses} ${lookAll} ${startLimit} ${seconds} ${names}
    [ -z "$pending" ] || ${reportFunctions} ${exitStatus.starting} "\${pending% } is still STARTING after $waited s" $pending
    [ -z "$changed" ] || ${reportFunctions} ${exitStatus.died} "\${changed# } died within $waited s of its start, and supervisord started it again" $changed
    for each in $first; do
      name=\${each%%=*} pid=\${each#*=}
      ${restarted ? sh`[ "$(${findBefore} "$name")" != "$pid" ] || { echo "$name is still process $pid"; exit ${exitStatus.notRestarted}; }` : sh``}
      ${runsIn} "$pid" ${env.currentPath} ${env.releasesPath} || { echo "$name runs in $place"; exit ${exitStatus.otherRelease}; }
      echo "$name runs, process $pid, for $waited s, in $place"
    done
  `
  return step(text, { title: `watch ${names.join(', ')} for ${seconds} s`, failures, ...sudoOptionsOf(env) })
}
