import { type Step, sh, step } from '@dragonfab/core'
import { failures, outcomes } from '../guards.ts'
import { fingerprint } from '../python/fingerprint.ts'
import { buildFunctions } from '../shell/install.ts'
import { mark, sharedPath, sharing } from '../shell/places.ts'
import { python } from '../shell/python.ts'
import type { Venv } from '../venv.ts'

/** Gives the release its venv: one that is there already for these inputs, or a new one. */
export function build(venv: Venv): Step {
  const { release, releases, current, inside, outside, options } = venv
  const text = sh`
    release=${release} releases=${releases} current=${current} inside=${inside} venvs=${options.venvsPath}
    ${python(options)}
    ${sharing}
    ${buildFunctions(venv)}
    ${outside === undefined ? sh.raw('') : sh.join([sharedPath, sh`ours ${outside}`])}
    cd -- "$release"
    inputs=$(printf '%s\n' ${options.indexUrl ?? ''} | "$py" -I -c ${fingerprint} "$release" ${options.requirements} ${options.wheelhouse ?? ''} ${settings(venv)} ${options.activate ?? ''})
    hash=\${inputs%% *}
    case $inputs in
    *' bound '*)
      echo "a venv of this release's own, since it installs \${inputs#* bound }"
      free "$inside"
      mkdir -- "$inside"
      build "$inside"
      ;;
    *)
      reuse "$hash"
      if [ -n "$found" ]; then
        echo "the venv of these requirements is there: $found"
      else
        fresh "$hash"
        echo "a new venv: $found"
        build "$found"
        : >"$found/"${mark} || cannot ${outcomes.diskFull.status} "$found"
      fi
      lead "$inside" "$found"
      ;;
    esac
    ${outside === undefined ? sh.raw('') : sh`outside ${outside}`}
  `
  return step(text, { title: 'the venv and its requirements', failures, writes: { path: inside, variable: venv.variable } })
}

/** What decides what a venv holds, besides files and Python. */
function settings({ options }: Venv): string {
  const { tool, executive, pipUpgrade, index, activate, wheelhouse } = options
  return JSON.stringify({ tool, executive, pipUpgrade, index, activate, wheelhouse: wheelhouse !== undefined })
}
