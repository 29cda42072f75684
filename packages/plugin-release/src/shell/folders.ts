import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'

/**
 * `folder <path>`: makes a folder of shared/ and its missing parents. What exists keeps its mode. `shareable` before it makes what is made
 * writable for the group by umask, since a chmod afterwards would follow a link that the application put there in between.
 */
export const folderFunction = shellFunction(
  'release_folder',
  sh`
    [ -d "$1" ] || { case $1 in /*/*) release_folder "\${1%/*}" || return ;; esac; mkdir -- "$1" || [ -d "$1" ]; }
  `,
)

export const sharedUmask = (sharedWritable: boolean) => (sharedWritable ? sh`umask g+w` : sh`:`)

/**
 * `room <folder>`: makes a folder in the release and its missing parents, never through a link of the repository that leads out of it.
 * Needs `$release` and `$inside` (its real path).
 */
const room = shellFunction(
  'release_room',
  sh`
    [ "$1" != "$release" ] || return 0
    release_room "\${1%/*}" || return
    if [ ! -L "$1" ]; then [ -d "$1" ] || mkdir -- "$1"; return; fi
    case $(cd -P -- "$1" 2>/dev/null && pwd -P)/ in "$inside"/*) ;; *) echo "$1 is a link that leads out of the release" >&2; return ${exitStatus.leadsOut} ;; esac
  `,
)

/** `clear <path>`: makes room for a link or file, and moves what the repository ships there aside, in this release alone. */
export const clearFunctions = shellFunction(
  'release_clear',
  sh`
    ${room} "\${1%/*}" || return
    [ -e "$1" ] || [ -L "$1" ] || return 0
    aside=$release/.shipped/\${1#"$release"/}; ${room} "\${aside%/*}" || return
    while [ -e "$aside" ] || [ -L "$aside" ]; do aside=$aside~; done; mv -- "$1" "$aside"
  `,
)

/** `cannot <file>`: ends the step, and names a full disk as such; the shells' own `printf` says “I/O error”, or nothing at all (busybox). */
export const cannotFunction = shellFunction(
  'release_cannot',
  sh`
    case $(df -P "\${1%/*}" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*$/\1/p') in 0) why='no space left on the disk' ;; *) why='no permission, or the disk or a quota is full' ;; esac
    echo "$1 cannot be written: $why" >&2; exit ${exitStatus.notWritable}
  `,
)

export function cannotWriteFailure() {
  return failureFor('notWritable', {
    code: 'CANNOT_WRITE',
    message: 'the host cannot be written to: $OUTPUT',
    remedy: 'make space, or give the user who deploys the right to write there',
  })
}
