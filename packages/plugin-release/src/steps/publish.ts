import { type Step, sh, step } from '@dragonfab/core'
import type { ReleaseAction } from '../env.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables, linkTextOf } from '../layout.ts'
import { cannotFunction, cannotWriteFailure } from '../shell/folders.ts'
import { shown } from '../shell/live-release.ts'
import { pointFunction, requireLinkFunction, saveFunction } from '../shell/switch.ts'

/**
 * Switches `current`. What it was is kept under the run first, for the way back.
 *
 * A release's files are on the disk before anything leads to it, and the switch is before it is called done: after a power failure
 * ext4 may show a renamed link with empty files behind it. `sync -f` writes out one filesystem (GNU, busybox built with it); an
 * older `sync` ignores or refuses that and writes out all. One call costs milliseconds where little is dirty.
 */
export function publishRelease(layout: Layout, { verb, release }: ReleaseAction): Step {
  const spoilt = verb === 'rollback' ? sh`"$was"` : '-'
  const switchCall = sh`${pointFunction} ${linkTextOf(layout, release)} ${verb} "$release" ${spoilt}`
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release} was=$(${shown})
    ${requireLinkFunction}
    [ -d "$releases/$release" ] || { echo "$releases/$release is gone" >&2; exit ${exitStatus.releaseGone}; }
    ${saveFunction} "$DF_RUN/previous" "$was" "$(readlink -- "$current" 2>/dev/null || :)" || ${cannotFunction} "$DF_RUN/previous"
    sync -f "$releases/$release" 2>/dev/null || sync
    ${sh.join([verb === 'rollback' && spoilScript, switchCall])}
    echo "current: $was -> $release"
  `
  return step(text, {
    title: `switch current to ${release}`,
    writes: { path: layout.currentPath, variable: 'path' },
    failures: { ...releaseGoneFailures(layout, release), ...cannotSwitchFailure(layout), ...cannotWriteFailure() },
  })
}

/** What is left by a rollback is bad from then on; the way back takes the mark away again, if it was made now. */
const spoilScript = sh`[ -e "$DF_STATE/bad/$was" ] || printf '%s\n' "$was" >"$DF_RUN/spoilt" || ${cannotFunction} "$DF_RUN/spoilt"`

function releaseGoneFailures(layout: Layout, release: string) {
  return {
    ...failureFor('releaseGone', {
      code: 'RELEASE_GONE',
      message: `release ${release} is not there any more: $OUTPUT`,
      remedy: 'something else removes releases on this host; deploy again',
    }),
    ...failureFor('currentIsNoLink', {
      code: 'CURRENT_NOT_A_LINK',
      message: `${layout.currentPath} is no link any more: $OUTPUT`,
      remedy: 'something else wrote there during the run; move it away and deploy again',
    }),
  }
}

export function cannotSwitchFailure(layout: Layout) {
  return failureFor('cannotSwitch', {
    code: 'CANNOT_SWITCH',
    message: `${layout.currentPath} cannot be switched: $OUTPUT`,
    remedy: 'give the user who deploys the right to write beside it; the host needs mv -T, mv -h or perl',
  })
}
