import { type Fragment, sh } from '@dragonfab/core'
import { groupsOf, type SupervisorEnv, wantedOf } from '../env.ts'
import { outcomes } from '../outcomes.ts'
import { ctl, unknown } from '../shell/ctl.ts'
import { report } from '../shell/report.ts'

/**
 * For steps that start and stop. `reread`: reads the configuration anew. `take_over`: lets supervisord take over what changed in the programs'
 * own groups; nobody else's program is touched. `done_by`: whether what `act` asked for was done; a program that does not start is told with
 * its log.
 */
export function acting(env: SupervisorEnv): Fragment {
  return sh`
    ${ctl(env)}
    ${unknown}
    ${report}
    bad() {
      printf '%s\n' "$said" | grep . | sed -e 's/^.*CANT_REREAD: *//' | tr '\n' ' '
      echo
      exit ${outcomes.badConf.status}
    }
    reread() {
      act reread
      case $said in *CANT_REREAD*) bad ;; esac
      [ "$rc" = 0 ] || explain
    }
    take_over() {
      for group in ${groupsOf(env)}; do
        act update "$group"
        case $said in
          *CANT_REREAD*) bad ;;
          *'no such group'*) look; unknown "no $group" ;;
        esac
        [ "$rc" = 0 ] || explain
      done
    }
    done_by() {
      case $said in *'no such process'* | *'no such group'*) look; unknown "$(printf '%s\n' "$said" | grep 'no such ' | head -n 1)" ;; esac
      [ "$rc" != 0 ] || return 0
      failed=$said
      case $failed in *': ERROR ('*) ;; *) explain ;; esac
      look
      down=$(for want in ${wantedOf(env)}; do rows_of "$want"; done | while read -r name state rest; do
        case $state in RUNNING | STARTING) ;; *) printf '%s ' "$name" ;; esac
      done)
      report ${outcomes.notRunning.status} "$(printf '%s\n' "$failed" | grep ': ERROR (' | tail -n 1)\${down:+; $(state_of $down)}" $down
    }
  `
}
