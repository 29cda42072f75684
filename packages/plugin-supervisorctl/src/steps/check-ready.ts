import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { programNamesOf, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { ctlFunctions, look, operands, unknownFunction } from '../shell/ctl.ts'
import { linkText } from './link.ts'

/**
 * Whether supervisord can be spoken with, and has what this restarts or can be given it; asked before any host switches. Changes nothing.
 * A program whose configuration comes with the release may be new.
 */
export function checkReady(env: SupervisorEnv): Step {
  const { conf, target } = env.supervisorctl
  const text = sh`
    ${ctlFunctions(env)}
    ${conf === '' ? sh`` : checkLinkable(target, linkText(env))}
    ${look}
    ${operands} ${programNamesOf(env)}
    ${conf === '' ? sh`[ -z "$lacking" ] || ${unknownFunction} "no $lacking"` : sh``}
    echo ${conf === '' ? 'supervisord has' : 'supervisord answers for'} ${programNamesOf(env)}
  `
  return step(text, { title: 'can supervisord be told to restart', failures, ...sudoOptionsOf(env) })
}

const refused = shellFunction('supervisorctl_refused', sh`echo "$*"; exit ${exitStatus.target}`)

/** A file that is no link was put there by somebody else. */
function checkLinkable(target: string, link: string) {
  const folder = target.slice(0, target.lastIndexOf('/')) || '/'
  return sh`
    target=${target} folder=${folder}
    if [ -L "$target" ]; then
      [ "$(readlink -- "$target")" = ${link} ] || [ -w "$folder" ] || ${refused} "$folder is not writable for $(id -un 2>/dev/null || id -u)"
    elif [ -e "$target" ]; then
      ${refused} "$target is there and is no link: move it away"
    elif [ ! -d "$folder" ]; then
      ${refused} "$folder is no directory"
    elif [ ! -w "$folder" ]; then
      ${refused} "$folder is not writable for $(id -un 2>/dev/null || id -u)"
    fi
  `
}
