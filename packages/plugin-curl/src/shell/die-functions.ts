import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'

/** `die <status> <text>` ends the step. */
export const die = shellFunction('curl_die', sh`printf '%s\n' "$2" >&2; exit "$1"`)

/** `full <folder>` says why nothing can be written there, and ends the step. */
export const full = shellFunction(
  'curl_full',
  sh`
    case $(df -P "$1" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*$/\1/p') in
      0) ${die} ${exitStatus.notWritable} "$1: no space left on the disk" ;;
      *) ${die} ${exitStatus.notWritable} "$1 cannot be written: no permission, or the disk or a quota is full" ;;
    esac
  `,
)
