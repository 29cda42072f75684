import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import type { LinkedPath } from '../linked/linked-path.ts'
import { lookCalls } from './linked.ts'

/** How much must be free on the host's disk, in KiB. */
const minFreeKiB = 100 * 1024

const wrong = shellFunction('release_wrong', sh`printf '%s\n' "$*" >&2; problems=yes`)

/** Reports if a path, or its nearest existing parent, is not writable. `$visited` has the paths that were checked before. */
const writable = shellFunction(
  'release_writable',
  sh`
    place=$1
    while [ ! -e "$place" ] && [ ! -L "$place" ] && [ "$place" != / ]; do
      place=\${place%/*}
      [ -n "$place" ] || place=/
    done
    case $visited in *":$place:"*) return ;; esac
    visited=$visited$place:
    if [ ! -d "$place" ]; then ${wrong} "$place is not a directory"
    elif [ ! -w "$place" ] || [ ! -x "$place" ]; then ${wrong} "$place is not writable by $(id -un 2>/dev/null || id -u)"
    fi
  `,
)

/** Checks everything that would make a release fail, and reports all problems at once. Changes nothing. */
export function checkHost(
  layout: Layout,
  linked: readonly LinkedPath[],
  options: { readonly dotenvGroup?: string | undefined } = {},
): Step {
  const { path, sharedPath, releasesPath, currentPath } = layout
  const group = options.dotenvGroup
  const text = sh`
    ${layoutVariables(sh, layout)}
    shared=${sharedPath}
    problems=
    visited=:
    for each in ${[path, releasesPath, sharedPath]} "$DF_STATE" ${currentPath.replace(/\/[^/]+$/, '') || '/'}; do ${writable} "$each"; done
    if [ -e "$current" ] && [ ! -L "$current" ]; then ${wrong} "$current is not a link, so it cannot be switched"
    elif [ -L "$current" ] && [ ! -d "$current" ]; then ${wrong} "$current points to $(readlink -- "$current"), which is not a directory"
    fi
    ${lookCalls(linked)}
    place=${path}
    while [ ! -d "$place" ]; do
      place=\${place%/*}
      [ -n "$place" ] || place=/
    done
    free=$(df -Pk "$place" 2>/dev/null | sed -n '$s/.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*/\1/p')
    [ -z "$free" ] || [ "$free" -ge ${minFreeKiB} ] || ${wrong} "only $((free / 1024)) MiB are free in $place"
    ${group === undefined ? sh`` : sh`id -Gn | tr ' ' '\n' | grep -qxF -- ${group} || id -G | tr ' ' '\n' | grep -qxF -- ${group} || [ "$(id -u)" = 0 ] || ${wrong} "the user is not in the group" ${group} "(dotenvGroup)"`}
    [ -z "$problems" ] || exit ${exitStatus.notReady}
    echo "$place: $((\${free:-0} / 1024)) MiB free"
  `
  return step(text, {
    title: 'can a release be made',
    failures: failureFor('notReady', {
      code: 'HOST_NOT_READY',
      message: 'a release would fail on this host',
      remedy: 'fix the problems above, then run check again',
    }),
  })
}
