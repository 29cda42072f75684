import { type Step, sh, step } from '@dragonfab/core'
import { type Layout, layoutVariables } from '../layout.ts'
import { liveFunctions } from '../shell/live-release.ts'
import * as trash from '../shell/trash.ts'

/** Removes the release that this run made, unless it was finished or is live. A failure here is only a warning: the next cleanup tries again. */
export function discardRelease(layout: Layout, release: string): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release}
    [ -f "$DF_STATE/begun/$release" ] && [ "$(cat -- "$DF_STATE/begun/$release")" = "$DF_R" ] || exit 0
    [ ! -e "$DF_STATE/complete/$release" ] && [ -d "$releases/$release" ] && [ "$(${liveFunctions})" != "$release" ] || exit 0
    if ${trash.mounted} "$release"; then echo "something is mounted in $releases/$release" >&2; exit 1; fi
    ${trash.discard} "$release"; ${trash.empty}
  `
  return step(text, { title: `remove the unfinished release ${release}`, allowFailure: true })
}
