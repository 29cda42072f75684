import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failures } from '../exit-statuses.ts'
import { fingerprintProgram } from '../python/fingerprint.ts'
import { beginBuild, buildScript } from '../shell/install.ts'
import { fail, findPython } from '../shell/python.ts'
import { checkSharedPath, completeMark, freePath, linkVenv, makeFolder, reuseVenv, shareVenv } from '../shell/venv-functions.ts'
import type { Venv } from '../venv.ts'

/** Gives the release its venv: an existing one with these inputs, or a new one. */
export function buildVenv(venv: Venv): Step {
  const { release, releases, current, releaseVenv, externalLink, options } = venv
  const text = sh`
    release=${release} releases=${releases} current=${current} release_venv=${releaseVenv} venvs=${options.venvsPath}
    ${findPython(options)}
    ${beginBuild}
    ${externalLink === undefined ? sh.raw('') : sh`${checkSharedPath} ${externalLink}`}
    cd -- "$release"
    inputs=$(printf '%s\n' ${options.indexUrl ?? ''} | "$py" -I -c ${fingerprintProgram} "$release" ${options.requirements} ${options.wheelhouse ?? ''} ${fingerprintSettings(venv)} ${options.activate ?? ''})
    hash=\${inputs%% *}
    case $inputs in
    *' bound '*)
      echo "a venv only for this release, since it installs \${inputs#* bound }"
      ${freePath} "$release_venv"
      mkdir -- "$release_venv"
      target=$release_venv fresh=yes
      ;;
    *)
      fresh=
      ${reuseVenv} "$hash"
      if [ -n "$target" ]; then
        echo "the venv with these requirements exists: $target"
      else
        ${makeFolder} "$hash"
        echo "a new venv: $target"
        fresh=yes
      fi
      ;;
    esac
    if [ -n "$fresh" ]; then
      ${buildScript(venv)}
    fi
    if [ "$target" != "$release_venv" ]; then
      [ -z "$fresh" ] || : >"$target/"${completeMark} || ${fail} ${exitStatus.diskFull} "$target"
      ${linkVenv} "$release_venv" "$target"
    fi
    ${externalLink === undefined ? sh.raw('') : sh`${shareVenv} ${externalLink}`}
  `
  return step(text, { title: 'install the requirements in a venv', failures, writes: { path: releaseVenv, variable: venv.variable } })
}

/** The settings that determine the contents of a venv, besides files and Python. */
function fingerprintSettings({ options }: Venv): string {
  const { tool, executive, pipUpgrade, index, activate, wheelhouse } = options
  return JSON.stringify({ tool, executive, pipUpgrade, index, activate, wheelhouse: wheelhouse !== undefined })
}
