import { type Fragment, sh } from '@dragonfab/core'
import type { LxcEnv } from '../env.ts'
import { beginLxc, have, state } from './common-functions.ts'

/** What the container does now. */
export function showStatus(env: LxcEnv): Fragment {
  return sh`
    ${beginLxc(env)}
    if ! ${have} "$name"; then
      echo "$name  MISSING"
      ${have} "$template" || echo "and there is no $template to clone: lxc.template makes it"
      exit 0
    fi
    now=$(${state} "$name")
    all=
    [ "$now" != RUNNING ] || all=$(lxc-info -P "$path" -n "$name" -i -H | tr '\n' ' ')
    printf '%s  %s  %s\n' "$name" "$now" "$all" | sed 's/ *$//'
    case $(lxc-info -P "$path" -n "$name" -c lxc.rootfs.path | sed 's/^[^=]*= *//') in
      *:/*) kind='an overlay' ;;
      *) kind='a copy' ;;
    esac
    echo "$kind, in $path/$name"
    [ ! -e "$path/.dragonfab-$name.fresh" ] || echo 'it is half made: the next run makes it anew'
  `
}
