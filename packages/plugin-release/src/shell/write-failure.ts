import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'

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
