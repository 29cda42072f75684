import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { act, explain, look, rowsOf, unknownFunction } from './ctl.ts'
import { reportFunctions, stateOf } from './report.ts'

const bad = shellFunction(
  'supervisorctl_bad',
  sh`
    printf '%s\n' "$answer" | grep . | sed -e 's/^.*CANT_REREAD: *//' | tr '\n' ' '
    echo
    exit ${exitStatus.badConf}
  `,
)

/** `reread`: lets supervisord read its configuration again. */
export const reread = shellFunction(
  'supervisorctl_reread',
  sh`
    ${act} reread
    case $answer in *CANT_REREAD*) ${bad} ;; esac
    [ "$rc" = 0 ] || ${explain}
  `,
)

/** `take_over <group>…`: lets supervisord use the changed configuration of these groups. It does not touch other groups. */
export const takeOver = shellFunction(
  'supervisorctl_take_over',
  sh`
    for group in "$@"; do
      ${act} update "$group"
      case $answer in
        *CANT_REREAD*) ${bad} ;;
        *'no such group'*) ${look}; ${unknownFunction} "no $group" ;;
      esac
      [ "$rc" = 0 ] || ${explain}
    done
  `,
)

/** `done_by <name>…`: ends the step if `act` failed. A program that does not start is reported with its log. */
export const doneBy = shellFunction(
  'supervisorctl_done_by',
  sh`
    case $answer in *'no such process'* | *'no such group'*) ${look}; ${unknownFunction} "$(printf '%s\n' "$answer" | grep 'no such ' | head -n 1)" ;; esac
    [ "$rc" != 0 ] || return 0
    failed=$answer
    case $failed in *': ERROR ('*) ;; *) ${explain} ;; esac
    ${look}
    down=$(for want in "$@"; do ${rowsOf} "$want"; done | while read -r name state rest; do
      case $state in RUNNING | STARTING) ;; *) printf '%s ' "$name" ;; esac
    done)
    ${reportFunctions} ${exitStatus.notRunning} "$(printf '%s\n' "$failed" | grep ': ERROR (' | tail -n 1)\${down:+; $(${stateOf} $down)}" $down
  `,
)
