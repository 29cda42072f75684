import { sh, shellFunction } from '@dragonfab/core'

/**
 * For plugins that restart programs: `runs_in <pid> <current> <releases>` fails where a process runs in a release that is not live, by its working directory or by
 * its program file. `$place` is where it runs. One that runs elsewhere, or may not be looked at (another user's, no /proc), is no failure.
 */
export const runsIn = shellFunction(
  'release_runs_in',
  sh`
    place='a place that cannot be seen'
    live=$(cd -P -- "$2" 2>/dev/null && pwd -P) || live=//
    all=$(cd -P -- "$3" 2>/dev/null && pwd -P) || all=//
    for at in exe cwd; do
      at=$(readlink -- "/proc/$1/$at" 2>/dev/null) || continue
      place=$at
      case $at/ in
        "$live"/*) place="release \${live##*/}" ;;
        "$all"/*) return 1 ;;
      esac
    done
  `,
)
