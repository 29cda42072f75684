import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { groupsOf, programNamesOf, runFileName, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { act, ctlFunctions, look, operands } from '../shell/ctl.ts'

/** Through `current`: it follows every switch and every way back, and supervisord never reads from a release that is not live. */
export const linkText = ({ currentPath, supervisorctl }: SupervisorEnv): string => `${currentPath}/${supervisorctl.conf}`

/** `lay <link text>`: makes or replaces the link at `$target` by a rename; under its other name supervisord does not read it. */
const layFunction = shellFunction(
  'supervisorctl_lay',
  sh`
    fresh=$target.dragonfab-$$
    { ln -s -- "$1" "$fresh" && mv -f -- "$fresh" "$target"; } 2>&1 || { rm -f -- "$fresh"; exit ${exitStatus.target}; }
  `,
)

/**
 * Links the configuration, once `current` leads to the release that has it: what supervisord may read at any time is then there. Only
 * where the link is another one; what it was is kept for the way back.
 */
export function linkConf(env: SupervisorEnv): Step {
  const text = sh`
    target=${env.supervisorctl.target}
    new=${linkText(env)}
    if [ -L "$target" ]; then was=$(readlink -- "$target"); else was=; fi
    [ "$was" != "$new" ] || exit 0
    [ -L "$target" ] || [ ! -e "$target" ] || { echo "$target is there and is no link"; exit ${exitStatus.target}; }
    printf '%s\n' "$was" >"$DF_RUN"/${runFileName(env, 'link')}
    ${layFunction} "$new"
    echo "$target -> $new"
  `
  const writes = { path: env.supervisorctl.target, variable: 'supervisorctl.target' }
  return step(text, { title: `link ${env.supervisorctl.target}`, writes, failures, ...sudoOptionsOf(env) })
}

/** Leads the link back to what it was before this run, or removes it where there was none. Right to run whatever happened. */
export function restoreLink(env: SupervisorEnv): Step {
  const text = sh`
    target=${env.supervisorctl.target}
    [ -f "$DF_RUN"/${runFileName(env, 'link')} ] || exit 0
    was=$(cat -- "$DF_RUN"/${runFileName(env, 'link')})
    if [ -z "$was" ]; then
      rm -f -- "$target" 2>&1 || exit ${exitStatus.target}
      echo "$target is removed"
    elif [ "$(readlink -- "$target" 2>/dev/null)" != "$was" ]; then
      ${layFunction} "$was"
      echo "$target -> $was"
    fi
  `
  return step(text, { title: `lead ${env.supervisorctl.target} back`, failures, ...sudoOptionsOf(env) })
}

/**
 * After a first release that failed there is nothing to run: what it started is stopped, and what supervisord learned by it is forgotten.
 * Elsewhere `deploy.published` restarts the programs in the release that is live again.
 */
export function stopWithoutRelease(env: SupervisorEnv): Step {
  const text = sh`
    [ ! -d ${env.currentPath} ] && [ -f "$DF_RUN"/${runFileName(env, 'before')} ] || exit 0
    ${ctlFunctions(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    [ -z "$operands" ] || ${act} stop $operands
    if [ -f "$DF_RUN"/${runFileName(env, 'link')} ]; then
      ${act} reread
      for group in ${groupsOf(env)}; do ${act} update "$group"; done
    fi
    echo 'stopped: there is no release to run'
  `
  return step(text, { title: `stop ${programNamesOf(env).join(', ')} where no release is live`, failures, ...sudoOptionsOf(env) })
}
