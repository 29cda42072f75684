import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { type Layout, layoutVariables } from '../layout.ts'
import { listAdoptable } from '../shell/adopt.ts'
import { readJournal } from '../shell/journal.ts'
import { describeCurrent, findLive } from '../shell/live-release.ts'

const print = shellFunction('release_print', sh`printf '%-10s %s\n' "$1" "$2"`)

/** Prints a host's live release with its commit, time and run, the good release before it, the number of good releases, and the bad ones. */
export function showStatus(layout: Layout): Step {
  const text = sh`
    ${layoutVariables(sh, layout)}
    ${readJournal}
    for each in $(${listAdoptable}); do all="$each $all"; done
    now=$(${findLive})
    case $(${describeCurrent}) in
      -) ${print} current 'none: nothing has been released yet' ;;
      '?') ${print} current "$(readlink -- "$current" 2>/dev/null || echo 'not a link'), which is not a release" ;;
      *)
        mark=
        case " $bad " in *" $now "*) mark=' (bad)' ;; esac
        ${print} current "$now$mark"
        if [ -s "$current/REVISION" ]; then read -r revision <"$current/REVISION" || :; ${print} revision "$revision"; fi
        ;;
    esac
    set -- $(tail -n 1 -- "$DF_STATE/journal" 2>/dev/null)
    if [ $# = 4 ] && [ "$3" = "$now" ]; then
      ${print} since "$(date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || date -u -r "$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || echo "$1")"
      ${print} by "$2, run $4"
    fi
    previous= past= count=0
    for each in $all; do
      case " $bad " in *" $each "*) ;; *)
        count=$((count + 1))
        [ -z "$past" ] || [ -n "$previous" ] || previous=$each
        ;;
      esac
      [ "$each" != "$now" ] || past=yes
    done
    ${print} previous "\${previous:-none}"
    ${print} good "$count"
    [ -z "$bad" ] || ${print} bad "\${bad% }"
  `
  return step(text, { title: 'show the live release' })
}
