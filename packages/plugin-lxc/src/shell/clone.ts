import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { destroy, fail, have, state } from './common-functions.ts'
import { checkNetwork } from './network.ts'

/** Refuses to copy the folder of the template without rsync; btrfs, zfs and lvm copy without it. */
const requireRsync = shellFunction(
  'lxc_require_rsync',
  sh`
    case $(lxc-info -P "$path" -n "$template" -c lxc.rootfs.path | sed 's/^[^=]*= *//') in
      *:/* | /*) command -v rsync >/dev/null || ${fail} ${exitStatus.noRsync} "$template" ;;
    esac
  `,
)

/**
 * Clones the template with `$cloneOptions` of lxc-copy (none: a whole copy). The file `.dragonfab-NAME.fresh` beside the containers marks one that
 * is not finished yet, so that it is made again after a kill at any moment.
 */
export const clone = shellFunction(
  'lxc_clone',
  sh`
    ${have} "$template" || ${fail} ${exitStatus.noTemplate} "$template in $path"
    [ "$(${state} "$template")" = STOPPED ] || ${fail} ${exitStatus.templateRuns} "$template"
    ${checkNetwork} "$template"
    [ -n "$cloneOptions" ] || ${requireRsync}
    : >"$path/.dragonfab-$name.fresh"
    output=$(lxc-copy -P "$path" -n "$template" -N "$name" $cloneOptions 9>&- 2>&1) || {
      ${destroy}
      output=$(printf '%s\n' "$output" | grep . | tail -n 1)
      ${fail} ${exitStatus.notCloned} "\${output:-lxc-copy $template}"
    }
    echo "note cloned from $template"
  `,
)
