import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { fail, state } from './common-functions.ts'
import { identityScript } from './identity.ts'
import { checkNetwork } from './network.ts'

const mountHook = `lxc.hook.mount=sh -c '${identityScript}' sh`

/** Starts the container, and gives a new one its own identity. Closes fd 9, because the container must not keep the lock. */
export const start = shellFunction(
  'lxc_start',
  sh`
    ${checkNetwork} "$name"
    log=$path/$name/dragonfab-start.log
    rm -f -- "$log"
    set --
    [ ! -e "$path/.dragonfab-$name.fresh" ] || set -- -s ${mountHook}
    begin=lxc-start
    # An unprivileged container needs its own control group, which the user's systemd gives.
    if [ "$(id -u)" != 0 ] && [ -S "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/systemd/private" ] && command -v lxc-unpriv-start >/dev/null
    then begin=lxc-unpriv-start
    fi
    "$begin" -P "$path" -n "$name" -d -l ERROR -o "$log" "$@" 9>&- >/dev/null 2>&1 </dev/null || :
    [ "$(${state} "$name")" = RUNNING ] || {
      why=$(sed -n 's/.* - [^ ]*:[a-z_0-9]*:[0-9]* - //p' "$log" 2>/dev/null | head -n 1)
      ${fail} ${exitStatus.notStarted} "\${why:-$name stopped at once}"
    }
    echo 'note started'
  `,
)
