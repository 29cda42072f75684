import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { type Layout, layoutVariables } from '../layout.ts'
import { adoptableFunction } from '../shell/adopt.ts'
import { knownFunction } from '../shell/journal.ts'
import { liveFunctions, shown } from '../shell/live-release.ts'

const print = shellFunction('release_print', sh`printf '%-10s %s\n' "$1" "$2"`)

/** Prints what runs on a host: the live release, its commit, since when and by which run; the one before; how many there are; bad ones. */
export function showStatus(layout: Layout): Step {
  const text = sh`
    ${layoutVariables(sh, layout)}
    ${knownFunction}
    for each in $(${adoptableFunction}); do all="$each $all"; done
    now=$(${liveFunctions})
    case $(${shown}) in
      -) ${print} current 'none: nothing was released here' ;;
      '?') ${print} current "$(readlink -- "$current" 2>/dev/null || echo 'not a link'), which is no release" ;;
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
  return step(text, { title: 'what runs here' })
}
