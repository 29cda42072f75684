import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failures } from '../exit-statuses.ts'
import { fingerprintProgram } from '../python/fingerprint.ts'
import { buildFunctions } from '../shell/install-functions.ts'
import { pythonFunctions } from '../shell/python.ts'
import { completeMark, sharedPathFunctions, sharingFunctions } from '../shell/venv-functions.ts'
import type { Venv } from '../venv.ts'

/** Gives the release its venv: one that is there already for these inputs, or a new one. */
export function buildVenv(venv: Venv): Step {
  const { release, releases, current, releaseVenv, externalLink, options } = venv
  const text = sh`
    release=${release} releases=${releases} current=${current} inside=${releaseVenv} venvs=${options.venvsPath}
    ${pythonFunctions(options)}
    ${sharingFunctions}
    ${buildFunctions(venv)}
    ${externalLink === undefined ? sh.raw('') : sh.join([sharedPathFunctions, sh`ours ${externalLink}`])}
    cd -- "$release"
    inputs=$(printf '%s\n' ${options.indexUrl ?? ''} | "$py" -I -c ${fingerprintProgram} "$release" ${options.requirements} ${options.wheelhouse ?? ''} ${fingerprintSettings(venv)} ${options.activate ?? ''})
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
        : >"$found/"${completeMark} || cannot ${exitStatus.diskFull} "$found"
      fi
      lead "$inside" "$found"
      ;;
    esac
    ${externalLink === undefined ? sh.raw('') : sh`outside ${externalLink}`}
  `
  return step(text, { title: 'the venv and its requirements', failures, writes: { path: releaseVenv, variable: venv.variable } })
}

/** What decides what a venv holds, besides files and Python. */
function fingerprintSettings({ options }: Venv): string {
  const { tool, executive, pipUpgrade, index, activate, wheelhouse } = options
  return JSON.stringify({ tool, executive, pipUpgrade, index, activate, wheelhouse: wheelhouse !== undefined })
}
