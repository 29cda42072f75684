import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { commandOf, type SupervisorEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/**
 * The beginning of every step that uses supervisord. The exit statuses of supervisorctl are not enough (`status` of a program that keeps crashing
 * is 0, no daemon and an unknown program are both 4, older versions always exit with 0), so its output is matched.
 */
export function ctlFunctions(env: SupervisorEnv): Fragment {
  return sh`
    set -f
    LC_ALL=C supervisorctl=${commandOf(env).toString()} output=${env.supervisorctl.output ? 'yes' : ''}
    export LC_ALL
  `
}

/** `ask <word>…`: runs supervisorctl. `$answer` is its output, `$rc` its status. */
export const ask = shellFunction(
  'supervisorctl_ask',
  sh`
    rc=0
    answer=$(eval "$supervisorctl \"\$@\"" 2>&1) || rc=$?
  `,
)

/** Ends the step with the exit status for `$answer`. */
export const explain = shellFunction(
  'supervisorctl_explain',
  sh`
    answer=$(printf '%s\n' "$answer" | grep -v '^For help, use ' || :)
    printf '%s\n' "$answer"
    case $answer in
      *'sudo: '*'password'* | *'sudo: '*'terminal'* | *'sudo: '*'askpass'* | *'not in the sudoers file'* | *'is not allowed to '*) exit ${exitStatus.noSudo} ;;
      *PermissionError* | *'ermission denied'* | *EACCES* | *'requires authentication'* | *'incorrect username'* | *' 401 '*) exit ${exitStatus.denied} ;;
      *'://'*' no such file'* | *'efused'* | *ConnectionResetError* | *SHUTDOWN_STATE*) exit ${exitStatus.noDaemon} ;;
      *'command not found'* | *'could not find config'*) exit ${exitStatus.noCommand} ;;
    esac
    case $rc in 126 | 127) exit ${exitStatus.noCommand} ;; esac
    exit ${exitStatus.other}
  `,
)

/** `act <word>…`: as `ask`, for what changes something. Its output is shown with `supervisorctl.output`. */
export const act = shellFunction(
  'supervisorctl_act',
  sh`
    ${ask} "$@"
    [ -z "$output" ] || [ -z "$answer" ] || printf '%s\n' "$answer"
  `,
)

/** `look`: sets `$rows` to a line `name state pid description` for every program. */
export const look = shellFunction(
  'supervisorctl_look',
  sh`
    ${ask} status
    rows=$(printf '%s\n' "$answer" | while read -r name state word pid rest; do
      case $state in STOPPED | STARTING | RUNNING | BACKOFF | STOPPING | EXITED | FATAL | UNKNOWN) ;; *) continue ;; esac
      if [ "$word" = pid ]; then word=; else rest="$pid $rest" pid=-; fi
      printf '%s %s %s %s\n' "$name" "$state" "\${pid%,}" "$word $rest"
    done)
    [ -n "$rows" ] || case $rc,$answer in 0, | 0,'No such process'*) ;; *) ${explain} ;; esac
  `,
)

/** `rows_of <name>`: prints the rows of a program or a group. */
export const rowsOf = shellFunction(
  'supervisorctl_rows_of',
  sh`
    printf '%s\n' "$rows" | while read -r name rest; do
      case $name in "$1" | "$1":*) printf '%s %s\n' "$name" "$rest" ;; esac
    done
  `,
)

/** `operands <name>…`: sets `$operands` to the words that supervisorctl needs for them, and `$lacking` to the names that supervisord does not know. */
export const operands = shellFunction(
  'supervisorctl_operands',
  sh`
    operands= lacking=
    for want in "$@"; do
      case $(${rowsOf} "$want") in
        '') lacking="$lacking $want" ;;
        "$want "*) operands="$operands $want" ;;
        *) operands="$operands $want:*" ;;
      esac
    done
    lacking=\${lacking# }
  `,
)

/** `unknown <sentence>`, after `look`: ends the step because supervisord does not know a program, and prints those that it knows. */
export const unknownFunction = shellFunction(
  'supervisorctl_unknown',
  sh`
    all=$(printf '%s\n' "$rows" | while read -r name rest; do printf '%s ' "$name"; done)
    printf '%s; it has: %s\n' "$*" "\${all:-nothing}"
    exit ${exitStatus.unknown}
  `,
)
