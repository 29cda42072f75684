import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { runsIn } from '@dragonfab/plugin-release'
import { programNamesOf, runFileName, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { ctlFunctions, look, operands, rowsOf, unknownFunction } from '../shell/ctl.ts'
import { reportFunctions, stateOf } from '../shell/report.ts'

/** `mine <name>…`: sets `$now` to names and processes of the programs that run, and `$starting`; ends the step where one is down. */
const mine = shellFunction(
  'supervisorctl_mine',
  sh`
    ${look}
    ${operands} "$@"
    [ -z "$lacking" ] || ${unknownFunction} "no $lacking"
    mine=$(for want in "$@"; do ${rowsOf} "$want"; done)
    now=$(printf '%s\n' "$mine" | while read -r name state pid rest; do [ "$state" != RUNNING ] || printf '%s %s ' "$name" "$pid"; done)
    starting=$(printf '%s\n' "$mine" | while read -r name state rest; do [ "$state" != STARTING ] || printf '%s ' "$name"; done)
    down=$(printf '%s\n' "$mine" | while read -r name state rest; do case $state in RUNNING | STARTING) ;; *) printf '%s ' "$name" ;; esac; done)
    [ -z "$down" ] || ${reportFunctions} ${exitStatus.notRunning} "$(${stateOf} $down)" $down
  `,
)

/** `was <name>`: its process before the restart. */
const was = shellFunction(
  'supervisorctl_was',
  sh`while read -r name state pid rest; do [ "$name" != "$1" ] || printf %s "$pid"; done <"$before"`,
)

/**
 * Whether the programs run, with the same process for `watch` seconds, and in the live release. A program that is still STARTING is waited
 * for. `restarted`: a process that was there before the restart is none.
 */
export function watchPrograms(env: SupervisorEnv, { restarted }: { readonly restarted: boolean }): Step {
  const { watch: seconds, startLimit } = env.supervisorctl
  const names = programNamesOf(env)
  const text = sh`
    ${ctlFunctions(env)}
    before="$DF_RUN"/${runFileName(env, 'before')}
    ${mine} ${names}
    waited=0
    while [ -n "$starting" ]; do
      [ "$waited" -lt ${startLimit} ] || ${reportFunctions} ${exitStatus.starting} "\${starting% } is still STARTING after $waited s" $starting
      sleep 1
      waited=$((waited + 1))
      ${mine} ${names}
    done
    first=$now waited=0
    while [ "$waited" -lt ${seconds} ]; do
      sleep 1
      waited=$((waited + 1))
      ${mine} ${names}
      [ "$now" != "$first" ] || continue
      changed=
      set -- $first
      while [ $# -gt 1 ]; do
        case " $now" in *" $1 $2 "*) ;; *) changed="$changed $1" ;; esac
        shift 2
      done
      ${reportFunctions} ${exitStatus.died} "\${changed# } died within $waited s of its start, and supervisord has started it again" $changed
    done
    set -- $first
    while [ $# -gt 1 ]; do
      ${restarted ? sh`[ "$(${was} "$1")" != "$2" ] || { echo "$1 is still process $2"; exit ${exitStatus.notRestarted}; }` : sh``}
      ${runsIn} "$2" ${env.currentPath} ${env.releasesPath} || { echo "$1 runs in $place"; exit ${exitStatus.otherRelease}; }
      echo "$1 runs, process $2, for $waited s, in $place"
      shift 2
    done
  `
  return step(text, { title: `watch ${names.join(', ')} for ${seconds} s`, failures, ...sudoOptionsOf(env) })
}
