import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { fail, state } from './common-functions.ts'

/** Prints why there may be no address: the container's side of the network. */
const describeNetwork = shellFunction(
  'lxc_describe_network',
  sh`
    up=$(lxc-attach -P "$path" -n "$name" --clear-env -- sh -c 'cat /sys/class/net/[!l]*/operstate' 9>&- </dev/null 2>/dev/null | tr '\n' ' ')
    printf ', its interface is %s' "\${up:-missing }"
    [ -z "$link" ] || printf 'on bridge %s' "$link"
    pid=$(pidof dnsmasq 2>/dev/null) && [ -n "$pid" ] || printf ', and no dnsmasq is running on its machine'
  `,
)

/** Waits up to `$limit` seconds until the container has an address, and prints all of them, those reached by its bridge first. */
export const printAddress = shellFunction(
  'lxc_print_address',
  sh`
    end=$(($(date +%s) + limit))
    while all=$(lxc-info -P "$path" -n "$name" -i -H) && [ -z "$all" ]; do
      now=$(${state} "$name")
      [ "$now" = RUNNING ] || ${fail} ${exitStatus.died} "$name is $now"
      [ "$(date +%s)" -lt "$end" ] || ${fail} ${exitStatus.noAddress} "none within $limit s$(${describeNetwork})"
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
  `,
)
