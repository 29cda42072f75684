import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/** `addressed`: waits until the container has an address, and tells all of them, those that lead there by its bridge first. */
export function addressFunctions({ lxcWait }: ContainerEnv): Fragment {
  return sh`
    addressed() {
      limit=${lxcWait}
      end=$(($(date +%s) + limit))
      while all=$(lxc-info -P "$path" -n "$name" -i -H) && [ -z "$all" ]; do
        now=$(state "$name")
        [ "$now" = RUNNING ] || fail ${exitStatus.died} "$name is $now"
        [ "$(date +%s)" -lt "$end" ] || fail ${exitStatus.noAddress} "none within $limit s$(seen)"
        sleep 0.02 2>/dev/null || sleep 1
      done
      near= far=
      for each in $all; do
        case $(ip route get "$each" 2>/dev/null) in
          *" dev $link "*) near="$near $each" ;;
          *) far="$far $each" ;;
        esac
      done
      echo "address$near$far"
    }
    # Why there may be none: what the container's side of the network looks like.
    seen() {
      up=$(lxc-attach -P "$path" -n "$name" --clear-env -- sh -c 'cat /sys/class/net/[!l]*/operstate' 9>&- </dev/null 2>/dev/null | tr '\n' ' ')
      printf ', its interface is %s' "\${up:-missing }"
      [ -z "$link" ] || printf 'on bridge %s' "$link"
      pid=$(pidof dnsmasq 2>/dev/null) && [ -n "$pid" ] || printf ', and no dnsmasq runs here'
    }
  `
}
