import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { groupsOf, programNamesOf, runFileName, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { act, ctlFunctions, look, operands } from '../shell/ctl.ts'

/** The link goes through `current`, so it follows every switch and undo, and supervisord never reads from a release that is not live. */
export const linkText = ({ currentPath, supervisorctl }: SupervisorEnv): string => `${currentPath}/${supervisorctl.conf}`

/** `lay <link text>`: creates or replaces the link at `$target` by a rename. supervisord does not read its temporary name. */
const layFunction = shellFunction(
  'supervisorctl_lay',
  sh`
    fresh=$target.dragonfab-$$
    { ln -s -- "$1" "$fresh" && mv -f -- "$fresh" "$target"; } 2>&1 || { rm -f -- "$fresh"; exit ${exitStatus.target}; }
  `,
)

/**
 * Links the configuration after `current` was switched to the release that has it, because supervisord may read it at any time. Does nothing if
 * the link is right. The previous link is noted for undoing.
 */
export function linkConf(env: SupervisorEnv): Step {
  const text = sh`
    target=${env.supervisorctl.target}
    new=${linkText(env)}
    if [ -L "$target" ]; then was=$(readlink -- "$target"); else was=; fi
    [ "$was" != "$new" ] || exit 0
    [ -L "$target" ] || [ ! -e "$target" ] || { echo "$target exists and is not a link"; exit ${exitStatus.target}; }
    printf '%s\n' "$was" >"$DF_RUN"/${runFileName(env, 'link')}
    ${layFunction} "$new"
    echo "$target -> $new"
  `
  const writes = { path: env.supervisorctl.target, variable: 'supervisorctl.target' }
  return step(text, { title: `link ${env.supervisorctl.target}`, writes, failures, ...sudoOptionsOf(env) })
}

/** Points the link to where it was before this run, or removes it if there was none. It may run in any state. */
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
  return step(text, { title: `restore ${env.supervisorctl.target}`, failures, ...sudoOptionsOf(env) })
}

/**
 * If the first release failed, there is nothing to run: programs that it started are stopped, and supervisord forgets its configuration. In all
 * other cases, `deploy.published` restarts the programs in the release that is live again.
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
    echo 'stopped, because there is no release to run'
  `
  return step(text, { title: `stop ${programNamesOf(env).join(', ')} if no release is live`, failures, ...sudoOptionsOf(env) })
}
