import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/**
 * `clone`: makes the container of its template. A file beside the containers tells that it is not yet a finished one: after a kill at any
 * moment it is made again.
 */
export function cloneFunctions({ lxcClone }: ContainerEnv): Fragment {
  const overlay = lxcClone === 'overlay'
  return sh`
    clone() {
      have "$template" || fail ${exitStatus.noTemplate} "$template in $path"
      [ "$(state "$template")" = STOPPED ] || fail ${exitStatus.templateRuns} "$template"
      apart "$template"
      ${overlay ? sh`:` : requireRsync}
      : >"$path/.dragonfab-$name.fresh"
      said=$(lxc-copy -P "$path" -n "$template" -N "$name" ${overlay ? ['-s', '-B', 'overlay'] : []} 9>&- 2>&1) || {
        destroy
        said=$(printf '%s\n' "$said" | grep . | tail -n 1)
        fail ${exitStatus.notCloned} "\${said:-lxc-copy $template}"
      }
      echo "note cloned from $template"
    }
  `
}

/** Of a folder; btrfs, zfs and lvm have ways of their own. */
const requireRsync = sh`
  case $(lxc-info -P "$path" -n "$template" -c lxc.rootfs.path | sed 's/^[^=]*= *//') in
    *:/* | /*) command -v rsync >/dev/null || fail ${exitStatus.noRsync} "$template" ;;
  esac
`
