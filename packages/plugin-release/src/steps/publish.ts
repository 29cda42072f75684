import { type Step, sh, step } from '@dragonfab/core'
import type { ReleaseAction } from '../env.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables, linkTextOf } from '../layout.ts'
import { failWrite, writeFailure } from '../shell/folders.ts'
import { describeCurrent } from '../shell/live-release.ts'
import { pointFunction, requireLinkFunction, saveFunction } from '../shell/switch.ts'

/**
 * Switches `current`. First it records the previous target of `current`, for undoing.
 *
 * A release's files are on the disk before anything points to it, and the switch is on the disk before it is reported: after a power failure,
 * ext4 may have the renamed link but empty files. `sync -f` flushes one filesystem (GNU, and busybox if built with it); an older `sync` ignores
 * or refuses the option, and then all are flushed. A call takes milliseconds if there is little to write.
 */
export function publishRelease(layout: Layout, { verb, release }: ReleaseAction): Step {
  const spoilt = verb === 'rollback' ? sh`"$was"` : '-'
  const switchCall = sh`${pointFunction} ${linkTextOf(layout, release)} ${verb} "$release" ${spoilt}`
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release} was=$(${describeCurrent})
    ${requireLinkFunction}
    [ -d "$releases/$release" ] || { echo "$releases/$release does not exist" >&2; exit ${exitStatus.releaseGone}; }
    ${saveFunction} "$DF_RUN/previous" "$was" "$(readlink -- "$current" 2>/dev/null || :)" || ${failWrite} "$DF_RUN/previous"
    sync -f "$releases/$release" 2>/dev/null || sync
    ${sh.join([verb === 'rollback' && spoilScript, switchCall])}
    echo "current: $was -> $release"
  `
  return step(text, {
    title: `switch current to ${release}`,
    writes: { path: layout.currentPath, variable: 'path' },
    failures: { ...releaseGoneFailures(layout, release), ...cannotSwitchFailure(layout), ...writeFailure() },
  })
}

/** The release that a rollback leaves becomes bad. Undoing removes the mark if this run made it. */
const spoilScript = sh`[ -e "$DF_STATE/bad/$was" ] || printf '%s\n' "$was" >"$DF_RUN/spoilt" || ${failWrite} "$DF_RUN/spoilt"`

function releaseGoneFailures(layout: Layout, release: string) {
  return {
    ...failureFor('releaseGone', {
      code: 'RELEASE_GONE',
      message: `release ${release} no longer exists: $OUTPUT`,
      remedy: 'find out what else removes releases on this host, then deploy again',
    }),
    ...failureFor('currentIsNoLink', {
      code: 'CURRENT_NOT_A_LINK',
      message: `${layout.currentPath} is no longer a link: $OUTPUT`,
      remedy: 'another program replaced it during the run: move it away, then deploy again',
    }),
  }
}

export function cannotSwitchFailure(layout: Layout) {
  return failureFor('cannotSwitch', {
    code: 'CANNOT_SWITCH',
    message: `${layout.currentPath} cannot be switched: $OUTPUT`,
    remedy: 'let the user who deploys write to its folder; the host needs mv -T, mv -h or perl',
  })
}
