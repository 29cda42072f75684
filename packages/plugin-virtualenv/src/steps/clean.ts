import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { failures } from '../exit-statuses.ts'
import { completeMark, linksFile } from '../shell/venv-functions.ts'
import type { Venv } from '../venv.ts'

/** `is_needed venv`: whether a link of a release points to it. */
const isNeeded = shellFunction(
  'virtualenv_is_needed',
  sh`
    [ -f "$1/"${completeMark} ] && [ -f "$1/"${linksFile} ] || return 1
    while IFS= read -r link; do
      if [ -L "$link" ] && [ "$(readlink "$link")" = "$1" ]; then return 0; fi
    done <"$1/"${linksFile}
    return 1
  `,
)

/** `is_used venv`: whether a process runs from it. The pattern is on standard input, because an argument would be found among the command lines. */
const isUsed = shellFunction('virtualenv_is_used', sh`printf '%s/\n' "$1" | grep -qsF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/maps`)

/**
 * After the removal of old releases: removes venvs that no release links to, and incomplete ones of killed runs. A venv is kept if a process runs
 * from it. The mark is removed first, so that a half-removed venv never counts as complete.
 */
export function cleanVenvs({ options }: Venv): Step {
  const text = sh`
    venvs=${options.venvsPath}
    for each in "$venvs"/*/; do
      each=\${each%/}
      # The names that this plugin gives: 24 hexadecimal digits, and perhaps a number.
      case \${each##*/} in *[!0-9a-f.]* | .*) continue ;; ????????????????????????*) ;; *) continue ;; esac
      [ ! -L "$each" ] || continue
      ! ${isNeeded} "$each" || continue
      if ${isUsed} "$each"; then echo "kept $each: a process uses it"; continue; fi
      rm -f -- "$each/"${completeMark}
      rm -rf -- "$each" && echo "removed $each"
    done
  `
  return step(text, { title: 'remove venvs that no release needs', allowFailure: true, failures })
}
