import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'

/** `make_folder <path>`: creates a folder and its missing parents. Existing folders keep their modes. */
export const makeFolder = shellFunction(
  'release_make_folder',
  sh`
    [ -d "$1" ] || { case $1 in /*/*) release_make_folder "\${1%/*}" || return ;; esac; mkdir -- "$1" || [ -d "$1" ]; }
  `,
)

/** New folders of shared/ are group-writable by umask, because a later chmod would follow a link that the application may create meanwhile. */
export const sharedUmask = (sharedWritable: boolean) => (sharedWritable ? sh`umask g+w` : sh`:`)

/**
 * `make_room <folder>`: creates a folder in the release and its missing parents, never through a link of the repository that leads out of it.
 * Needs `$release` and `$real_release` (its real path).
 */
const makeRoom = shellFunction(
  'release_make_room',
  sh`
    [ "$1" != "$release" ] || return 0
    release_make_room "\${1%/*}" || return
    if [ ! -L "$1" ]; then [ -d "$1" ] || mkdir -- "$1"; return; fi
    case $(cd -P -- "$1" 2>/dev/null && pwd -P)/ in "$real_release"/*) ;; *) echo "$1 is a link that leads out of the release" >&2; return ${exitStatus.leadsOut} ;; esac
  `,
)

/** `clear <path>`: makes room for a link or file. A file of the repository at that path is moved into `.shipped/` of this release. */
export const clearFunctions = shellFunction(
  'release_clear',
  sh`
    ${makeRoom} "\${1%/*}" || return
    [ -e "$1" ] || [ -L "$1" ] || return 0
    backup=$release/.shipped/\${1#"$release"/}; ${makeRoom} "\${backup%/*}" || return
    while [ -e "$backup" ] || [ -L "$backup" ]; do backup=$backup~; done; mv -- "$1" "$backup"
  `,
)

/** `fail_write <file>`: ends the step and reports whether the disk is full. A shell's `printf` prints only “I/O error”, or nothing (busybox). */
export const failWrite = shellFunction(
  'release_fail_write',
  sh`
    case $(df -P "\${1%/*}" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*$/\1/p') in 0) why='no space left on the disk' ;; *) why='no permission, or the disk or a quota is full' ;; esac
    echo "$1 cannot be written: $why" >&2; exit ${exitStatus.notWritable}
  `,
)

export function writeFailure() {
  return failureFor('notWritable', {
    code: 'CANNOT_WRITE',
    message: 'the host cannot be written to: $OUTPUT',
    remedy: 'free some space, or let the user who deploys write there',
  })
}
