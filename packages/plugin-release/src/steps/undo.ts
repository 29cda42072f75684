import { type Step, sh, step } from '@dragonfab/core'
import type { ReleaseAction } from '../env.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { findLive } from '../shell/live-release.ts'
import { pointFunction, recoverFunctions } from '../shell/switch.ts'
import * as trash from '../shell/trash.ts'
import { cannotSwitchFailure } from './publish.ts'

/**
 * Points `current` to the release before this run, or removes it if there was none. It may run in any state: the switch may not have begun, be
 * half done, done, or undone already. The new release becomes bad; the release that a rollback left is good again. `current` is switched even if
 * a full disk keeps the journal from being written.
 */
export function undoPublish(layout: Layout, { verb, release }: ReleaseAction): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release} now=$(readlink -- "$current" 2>/dev/null || :)
    ${recoverFunctions} || echo 'the journal cannot be written' >&2
    [ -f "$DF_RUN/previous" ] || { echo 'nothing was switched'; exit 0; }
    { read -r before; was=$(cat); } <"$DF_RUN/previous"
    [ ! -f "$DF_RUN/spoilt" ] || rm -f -- "$DF_STATE/bad/$(cat -- "$DF_RUN/spoilt")"
    if [ "$now" = "$was" ]; then echo "current is $before"
    elif [ "$(${findLive})" = "$release" ]; then
      ${pointFunction} "$was" undo "$before" ${verb === 'switch' ? release : '-'}
      echo "current: $release -> $before"
    else echo "$current points to $now, which is neither $release nor its previous target ($was)" >&2; exit ${exitStatus.currentMoved}
    fi
  `
  return step(text, {
    title: 'point current back',
    failures: {
      ...cannotSwitchFailure(layout),
      ...failureFor('currentMoved', {
        code: 'CURRENT_MOVED',
        message: 'another program switched current during the run: $OUTPUT',
        remedy: 'check the live release (status), then link current yourself or deploy again',
      }),
    },
  })
}

/** Removes the release that this run made, unless it is complete or live. A failure is only a warning: the next cleanup tries again. */
export function discardRelease(layout: Layout, release: string): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release}
    [ -f "$DF_STATE/begun/$release" ] && [ "$(cat -- "$DF_STATE/begun/$release")" = "$DF_R" ] || exit 0
    [ ! -e "$DF_STATE/complete/$release" ] && [ -d "$releases/$release" ] && [ "$(${findLive})" != "$release" ] || exit 0
    if ${trash.hasMount} "$release"; then echo "something is mounted in $releases/$release" >&2; exit 1; fi
    ${trash.discard} "$release"; ${trash.empty}
  `
  return step(text, { title: `remove the unfinished release ${release}`, allowFailure: true })
}
