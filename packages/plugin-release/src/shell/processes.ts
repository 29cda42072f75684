import { sh, shellFunction } from '@dragonfab/core'

/**
 * `watch <look> <limit> <seconds> <name>…`: waits up to `limit` seconds until nothing is pending, then watches for `seconds` whether all
 * processes stay the same. `look <name>…` is a function that sets `$now` to `name=process ` for each running program, and `$pending` to the names
 * that are still starting; it ends the step if one is down. Afterwards, `$first` has the processes, `$pending` the names that took too long to
 * start, `$changed` the names whose process changed, and `$waited` the seconds of the last wait.
 */
export const watchProcesses = shellFunction(
  'release_watch',
  sh`
    look=$1 limit=$2 seconds=$3 waited=0 first= changed=; shift 3
    "$look" "$@"
    while [ -n "$pending" ]; do
      [ "$waited" -lt "$limit" ] || return 0
      sleep 1; waited=$((waited + 1)); "$look" "$@"
    done
    first=$now waited=0
    while [ "$waited" -lt "$seconds" ] && [ "$now" = "$first" ]; do
      sleep 1; waited=$((waited + 1)); "$look" "$@"
    done
    pending=
    for each in $first; do case " $now" in *" $each "*) ;; *) changed="$changed \${each%%=*}" ;; esac; done
  `,
)

/**
 * `runs_in <pid> <current> <releases>` fails if a process runs in a release that is not live, by its working directory or its
 * program file. `$place` is where it runs. It is not a failure if the process runs somewhere else, or cannot be seen (another user's, no /proc).
 */
export const runsIn = shellFunction(
  'release_runs_in',
  sh`
    place='a place that cannot be seen'
    live=$(cd -P -- "$2" 2>/dev/null && pwd -P) || live=//
    all=$(cd -P -- "$3" 2>/dev/null && pwd -P) || all=//
    for at in exe cwd; do
      at=$(readlink -- "/proc/$1/$at" 2>/dev/null) || continue
      place=$at
      case $at/ in
        "$live"/*) place="release \${live##*/}" ;;
        "$all"/*) return 1 ;;
      esac
    done
  `,
)
