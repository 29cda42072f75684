import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { failures } from '../exit-statuses.ts'
import { completeMark, linksFile } from '../shell/venv-functions.ts'
import type { Venv } from '../venv.ts'

/** `needed venv`: whether a link of a release leads there. */
const needed = shellFunction(
  'virtualenv_needed',
  sh`
    [ -f "$1/"${completeMark} ] && [ -f "$1/"${linksFile} ] || return 1
    while IFS= read -r link; do
      if [ -L "$link" ] && [ "$(readlink "$link")" = "$1" ]; then return 0; fi
    done <"$1/"${linksFile}
    return 1
  `,
)

/** `used venv`: whether a process runs from it. By pattern from standard input, for an argument would be found among the command lines. */
const used = shellFunction('virtualenv_used', sh`printf '%s/\n' "$1" | grep -qsF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/maps`)

/**
 * After old releases went: removes venvs that no release links to any more, and those that a killed run left half built. A process that runs from one
 * keeps it. The mark goes first, so that one that is half removed is never taken for a whole one.
 */
export function cleanVenvs({ options }: Venv): Step {
  const text = sh`
    venvs=${options.venvsPath}
    for each in "$venvs"/*/; do
      each=\${each%/}
      # The names that this plugin gives: 24 hexadecimal digits, perhaps a number.
      case \${each##*/} in *[!0-9a-f.]* | .*) continue ;; ????????????????????????*) ;; *) continue ;; esac
      [ ! -L "$each" ] || continue
      ! ${needed} "$each" || continue
      if ${used} "$each"; then echo "kept $each: a process uses it"; continue; fi
      rm -f -- "$each/"${completeMark}
      rm -rf -- "$each" && echo "removed $each"
    done
  `
  return step(text, { title: 'remove venvs that no release needs', allowFailure: true, failures })
}
