import { type Fragment, sh } from '@dragonfab/core'
import { commandOf, type SupervisorEnv } from '../env.ts'
import { outcomes } from '../outcomes.ts'

/**
 * Speaking with supervisord. Its exit statuses do not tell enough (`status` of a program that keeps crashing is 0, no daemon and an
 * unknown program are both 4, older versions exit 0 always), so what it says is read.
 *
 * `ask <word>…`: runs supervisorctl; `$said` is what it said, `$rc` its status. `explain` ends the step with what that means.
 * `act <word>…`: the same, for what changes something; shown where `supervisorctl.output` asks for it.
 * `look`: sets `$rows`, a line `name state pid what it says` for every program. `rows_of <name>`: those of a program or a group.
 * `operands <name>…`: what supervisorctl wants to be given for them; `$lacking` are those that it does not know.
 */
export function ctl(env: SupervisorEnv): Fragment {
  return sh`
    set -f
    LC_ALL=C
    export LC_ALL
    ask() {
      rc=0
      said=$(${commandOf(env)} "$@" 2>&1) || rc=$?
    }
    explain() {
      said=$(printf '%s\n' "$said" | grep -v '^For help, use ' || :)
      printf '%s\n' "$said"
      case $said in
        *'sudo: '*'password'* | *'sudo: '*'terminal'* | *'sudo: '*'askpass'* | *'not in the sudoers file'* | *'is not allowed to '*) exit ${outcomes.noSudo.status} ;;
        *PermissionError* | *'ermission denied'* | *EACCES* | *'requires authentication'* | *'incorrect username'* | *' 401 '*) exit ${outcomes.denied.status} ;;
        *'://'*' no such file'* | *'efused'* | *ConnectionResetError* | *SHUTDOWN_STATE*) exit ${outcomes.noDaemon.status} ;;
        *'command not found'* | *'could not find config'*) exit ${outcomes.noCommand.status} ;;
      esac
      case $rc in 126 | 127) exit ${outcomes.noCommand.status} ;; esac
      exit ${outcomes.other.status}
    }
    act() {
      ask "$@"
      ${env.supervisorctl.output ? sh`[ -z "$said" ] || printf '%s\n' "$said"` : sh`:`}
    }
    look() {
      ask status
      rows=$(printf '%s\n' "$said" | while read -r name state word pid rest; do
        case $state in STOPPED | STARTING | RUNNING | BACKOFF | STOPPING | EXITED | FATAL | UNKNOWN) ;; *) continue ;; esac
        if [ "$word" = pid ]; then word=; else rest="$pid $rest" pid=-; fi
        printf '%s %s %s %s\n' "$name" "$state" "\${pid%,}" "$word $rest"
      done)
      [ -n "$rows" ] || case $rc,$said in 0, | 0,'No such process'*) ;; *) explain ;; esac
    }
    rows_of() {
      printf '%s\n' "$rows" | while read -r name rest; do
        case $name in "$1" | "$1":*) printf '%s %s\n' "$name" "$rest" ;; esac
      done
    }
    operands() {
      operands= lacking=
      for want in "$@"; do
        case $(rows_of "$want") in
          '') lacking="$lacking $want" ;;
          "$want "*) operands="$operands $want" ;;
          *) operands="$operands $want:*" ;;
        esac
      done
      lacking=\${lacking# }
    }
  `
}

/** `unknown <sentence>`: ends the step for what supervisord does not know, and says what it does know. Needs `look`. */
export const unknown = sh`
  unknown() {
    all=$(printf '%s\n' "$rows" | while read -r name rest; do printf '%s ' "$name"; done)
    printf '%s; it has: %s\n' "$*" "\${all:-nothing}"
    exit ${outcomes.unknown.status}
  }
`
