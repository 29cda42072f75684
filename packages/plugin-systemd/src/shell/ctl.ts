import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import type { SystemdEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/** Every script that uses systemd begins with this. Afterwards `$manager` has options of systemctl, and `$sudo` the command for root. */
export function beginCtl({ systemd }: SystemdEnv): Fragment {
  return sh`
    set -f
    LC_ALL=C SYSTEMD_COLORS=0 SYSTEMD_PAGER=
    export LC_ALL SYSTEMD_COLORS SYSTEMD_PAGER
    ${systemd.user ? userManager : systemManager}
  `
}

/** `ask <word>…`: runs systemctl. `$answer` is its output, `$rc` its status. */
export const ask = shellFunction('systemd_ask', sh`rc=0; answer=$(systemctl $manager "$@" 2>&1) || rc=$?`)

/** `as_root <word>…`: runs a command with the rights to change units, and sets the same variables. */
export const asRoot = shellFunction('systemd_as_root', sh`rc=0; answer=$($sudo "$@" 2>&1) || rc=$?`)

/** `act <word>…`: runs systemctl with these rights. */
export const act = shellFunction('systemd_act', sh`${asRoot} systemctl $manager "$@"`)

/** Ends the step with the exit status for `$answer`. */
export const explain = shellFunction(
  'systemd_explain',
  sh`
    printf '%s\n' "$answer" | grep -v '^See .* for details' | grep . || :
    case $answer in
      *'not been booted with systemd'* | *'onnect to bus'* | *'onnect to user scope bus'* | *'ot found'*systemctl* | *'systemctl: not found'* | *'systemctl: command not found'*) exit ${exitStatus.noSystemd} ;;
      *'sudo: '* | *sudo*'not found'* | *'not in the sudoers file'* | *'is not allowed to '* | *'ccess denied'* | *'uthentication required'* | *'ermission denied'*) exit ${exitStatus.denied} ;;
      *'not found.'* | *'not loaded.'* | *'is masked'*) exit ${exitStatus.unknown} ;;
    esac
    exit ${exitStatus.other}
  `,
)

/** `look <unit>`: sets its `$load $type $active $sub $result $pid $restarts $status`. */
export const look = shellFunction(
  'systemd_look',
  sh`
    ${ask} show -p LoadState -p Type -p ActiveState -p SubState -p Result -p MainPID -p NRestarts -p ExecMainStatus -- "$1"
    [ "$rc" = 0 ] || ${explain}
    load= type= active= sub= result= pid=0 restarts= status=
    # Split at blanks, which is safe because the values of these properties are single words.
    for line in $answer; do
      case $line in
        LoadState=*) load=\${line#*=} ;;
        Type=*) type=\${line#*=} ;;
        ActiveState=*) active=\${line#*=} ;;
        SubState=*) sub=\${line#*=} ;;
        Result=*) result=\${line#*=} ;;
        MainPID=*) pid=\${line#*=} ;;
        NRestarts=*) restarts=\${line#*=} ;;
        ExecMainStatus=*) status=\${line#*=} ;;
      esac
    done
  `,
)

/** A session of sudo, or without PAM, has no XDG_RUNTIME_DIR. */
const userManager = sh`
  manager=--user sudo=
  XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
  export XDG_RUNTIME_DIR
`

const systemManager = sh`
  manager= sudo=
  [ "$(id -u)" = 0 ] || sudo='sudo -n'
`

/** `journal <unit> <count>`: sets `$answer` to the last lines of its journal. If the user may not read it, sudo is tried. */
export const journal = shellFunction(
  'systemd_journal',
  sh`
    if [ "$manager" = --user ]; then unit=--user-unit; else unit=--unit; fi
    answer=$(journalctl $unit "$1" -n "$2" --no-pager -q -o cat 2>/dev/null || :)
    [ -n "$answer" ] || [ -z "$sudo" ] || ${asRoot} journalctl $unit "$1" -n "$2" --no-pager -q -o cat
  `,
)

/** `report <exit status> <sentence> <unit>…`: ends the step with the last lines of these units' journals and the sentence. */
export const report = shellFunction(
  'systemd_report',
  sh`
    outcome=$1 sentence=$2
    shift 2
    for name; do
      ${journal} "$name" 14
      case $answer in
        '' | 'sudo: '*) echo "$name: its journal cannot be read (add the user to the group systemd-journal)" ;;
        *) printf '%s, last lines of its journal:\n%s\n' "$name" "$answer" ;;
      esac
    done
    printf '%s\n' "$sentence"
    exit "$outcome"
  `,
)
