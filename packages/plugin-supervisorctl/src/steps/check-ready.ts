import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { programNamesOf, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { ctlFunctions, look, operands, unknownFunction } from '../shell/ctl.ts'
import { linkText } from './link.ts'

/**
 * Whether supervisord answers and has the programs, or can get them with the release. Runs before any host switches, and changes nothing. A
 * program whose configuration comes with the release may be new.
 */
export function checkReady(env: SupervisorEnv): Step {
  const { conf, target } = env.supervisorctl
  const text = sh`
    ${ctlFunctions(env)}
    ${conf === '' ? sh`` : checkLinkable(target, linkText(env))}
    ${look}
    ${operands} ${programNamesOf(env)}
    ${conf === '' ? sh`[ -z "$lacking" ] || ${unknownFunction} "no $lacking"` : sh``}
    echo ${conf === '' ? 'supervisord has' : 'supervisord answers; it will run'} ${programNamesOf(env)}
  `
  return step(text, { title: 'can supervisord restart the programs', failures, ...sudoOptionsOf(env) })
}

const refuse = shellFunction('supervisorctl_refuse', sh`echo "$*"; exit ${exitStatus.target}`)

/** A file that is not a link is not ours, so it is never replaced. */
function checkLinkable(target: string, link: string) {
  const folder = target.slice(0, target.lastIndexOf('/')) || '/'
  return sh`
    target=${target} folder=${folder}
    if [ -L "$target" ]; then
      [ "$(readlink -- "$target")" = ${link} ] || [ -w "$folder" ] || ${refuse} "$folder is not writable for $(id -un 2>/dev/null || id -u)"
    elif [ -e "$target" ]; then
      ${refuse} "$target exists and is not a link: move it away"
    elif [ ! -d "$folder" ]; then
      ${refuse} "$folder is not a directory"
    elif [ ! -w "$folder" ]; then
      ${refuse} "$folder is not writable for $(id -un 2>/dev/null || id -u)"
    fi
  `
}
