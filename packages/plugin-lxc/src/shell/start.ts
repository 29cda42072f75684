import { type Fragment, sh } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { identityScript } from './identity.ts'

const mountHook = `lxc.hook.mount=sh -c '${identityScript}' sh`

/** `start`: starts the container, a new one with an identity of its own. The lock is not for what goes on. */
export const startFunction: Fragment = sh`
  start() {
    apart "$name"
    log=$path/$name/dragonfab-start.log
    rm -f -- "$log"
    set --
    [ ! -e "$path/.dragonfab-$name.fresh" ] || set -- -s ${mountHook}
    begin=lxc-start
    # An unprivileged one needs a control group of its own, which the user's systemd gives.
    if [ "$(id -u)" != 0 ] && [ -S "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/systemd/private" ] && command -v lxc-unpriv-start >/dev/null
    then begin=lxc-unpriv-start
    fi
    "$begin" -P "$path" -n "$name" -d -l ERROR -o "$log" "$@" 9>&- >/dev/null 2>&1 </dev/null || :
    [ "$(state "$name")" = RUNNING ] || {
      why=$(sed -n 's/.* - [^ ]*:[a-z_0-9]*:[0-9]* - //p' "$log" 2>/dev/null | head -n 1)
      fail ${exitStatus.notStarted} "\${why:-$name has stopped at once}"
    }
    echo 'note started'
  }
`
