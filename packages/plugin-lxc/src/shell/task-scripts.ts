import { type Fragment, sh } from '@dragonfab/core'
import type { LxcEnv } from '../env.ts'
import { beginLxc, destroy, have, lockContainer, refuseInUse, state } from './common-functions.ts'

/** Prints the state of the container. */
export function showStatus(env: LxcEnv): Fragment {
  return sh`
    ${beginLxc(env)}
    if ! ${have} "$name"; then
      echo "$name  MISSING"
      ${have} "$template" || echo "the template $template does not exist either: create it with lxc.template"
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
    [ ! -e "$path/.dragonfab-$name.fresh" ] || echo 'it is incomplete: the next run creates it again'
  `
}

/** Lists all containers on the machine. */
export function listContainers(env: LxcEnv): Fragment {
  return sh`
    ${beginLxc(env)}
    lxc-ls -P "$path" -f -F NAME,STATE,IPV4,IPV6,UNPRIVILEGED
    [ -n "$(lxc-ls -P "$path" -1)" ] || echo "there are no containers in $path"
  `
}

/** Stops and destroys the container. Succeeds if there is none. */
export function removeContainer(env: LxcEnv): Fragment {
  return sh`
    ${beginLxc(env)}
    ${lockContainer}
    if ! ${have} "$name" && [ ! -e "$path/.dragonfab-$name.fresh" ]; then
      echo "$name does not exist"
      exit 0
    fi
    ${refuseInUse}
    ${destroy}
    rm -f -- "$path/.dragonfab-$name.lock"
    echo "$name is removed"
  `
}
