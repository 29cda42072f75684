import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { fail } from './common-functions.ts'

const networkTypeArguments = Array.from({ length: 16 }, (_, index) => ['-c', `lxc.net.${index}.type`]).flat()
const sharedNetworkArguments = ['lxc.namespace.keep', 'lxc.namespace.share.net', 'lxc.namespace.clone'].flatMap((key) => ['-c', key])

/** Refuses `$conf`, the config of a container, if that would use its machine's interfaces. `none` shares them, as does a config without `lxc.net`; `phys` takes one away. */
const refuseHostNetwork = shellFunction(
  'lxc_refuse_host_network',
  sh`
    printf '%s\n' "$conf" | grep '^lxc\.net\.[0-9]*\.type = .' >/dev/null || ${fail} ${exitStatus.hostNetwork} "$1 has no lxc.net in its config"
    bad=$(printf '%s\n' "$conf" | grep -E '^lxc\.net\.[0-9]+\.type = (none|phys)$' | head -n 1)
    [ -z "$bad" ] || ${fail} ${exitStatus.hostNetwork} "$1 has $bad"
    bad=$(printf '%s\n' "$conf" | grep -E '^lxc\.namespace\.(keep = .*net|share\.net = [^(])' | head -n 1)
    [ -z "$bad" ] || ${fail} ${exitStatus.hostNetwork} "$1 has $bad"
    case $(printf '%s\n' "$conf" | sed -n 's/^lxc\.namespace\.clone = //p') in '' | *net*) ;; *) ${fail} ${exitStatus.hostNetwork} "$1 shares the namespace net" ;; esac
  `,
)

/**
 * `check_network <container>`: refuses one that would use its machine's interfaces, unless `$hostNetwork` allows it. Its bridge must exist. Sets
 * `$link` to the bridge of the first interface.
 */
export const checkNetwork = shellFunction(
  'lxc_check_network',
  sh`
    conf=$(lxc-info -P "$path" -n "$1" ${networkTypeArguments} ${sharedNetworkArguments} -c lxc.net.0.link 2>/dev/null) || ${fail} ${exitStatus.other} "the config of $1 cannot be read"
    [ "$hostNetwork" = allowed ] || ${refuseHostNetwork} "$1"
    link=$(printf '%s\n' "$conf" | sed -n 's/^lxc\.net\.0\.link = //p')
    case $conf in
      *'lxc.net.0.type = veth'*) [ -z "$link" ] || [ -e "/sys/class/net/$link" ] || ${fail} ${exitStatus.noBridge} "$link" ;;
    esac
  `,
)
