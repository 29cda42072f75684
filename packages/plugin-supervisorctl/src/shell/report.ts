import { sh, shellFunction } from '@dragonfab/core'
import { ask, rowsOf } from './ctl.ts'

/** Prints stderr last, because it is the most useful, and only the last lines are kept. */
const logOf = shellFunction(
  'supervisorctl_log_of',
  sh`
    for stream in stdout stderr; do
      ${ask} tail -4000 "$1" "$stream"
      case $answer in *': ERROR ('*) continue ;; esac
      [ "$rc" = 0 ] && [ -n "$answer" ] || continue
      printf '%s, last lines of %s:\n' "$1" "$stream"
      printf '%s\n' "$answer" | tail -n 8
    done
  `,
)

/** `state_of <name>…`: prints their states as a sentence. */
export const stateOf = shellFunction(
  'supervisorctl_state_of',
  sh`
    for name in "$@"; do ${rowsOf} "$name"; done | {
      all=
      while read -r name state pid rest; do all="$all\${all:+; }$name is $state\${rest:+: $rest}"; done
      printf '%s\n' "$all"
    }
  `,
)

/** `report <exit status> <sentence> <name>…`: ends the step with the last log lines of these programs and the sentence. */
export const reportFunctions = shellFunction(
  'supervisorctl_report',
  sh`
    status=$1 sentence=$2
    shift 2
    for name in "$@"; do ${logOf} "$name"; done
    printf '%s\n' "$sentence"
    exit "$status"
  `,
)
