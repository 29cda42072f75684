import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { failWrite, writeFailure } from '../shell/folders.ts'

/**
 * Creates the release's directory, exclusively. Its mark comes first, with the run's id: if the run is killed, the mark shows that the directory
 * is a leftover. A directory without a mark is never removed as one.
 */
export function createRelease(layout: Layout, release: string): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release}
    taken=$(ls -d -- "$releases/$release" "$DF_STATE/begun/$release" "$DF_STATE/complete/$release" "$DF_STATE/bad/$release" 2>/dev/null) || :
    [ -z "$taken" ] || { echo "$taken exists" >&2; exit ${exitStatus.releaseTaken}; }
    (set -C; printf '%s\n' "$DF_R" >"$DF_STATE/begun/$release") || ${failWrite} "$DF_STATE/begun/$release"
    mkdir -- "$releases/$release" || ${failWrite} "$releases/$release"
  `
  return step(text, {
    title: `make release ${release}`,
    failures: {
      ...failureFor('releaseTaken', {
        code: 'RELEASE_TAKEN',
        message: `release ${release} exists already: $OUTPUT`,
        remedy: 'plan again to get another name',
        replan: true,
      }),
      ...writeFailure(),
    },
  })
}
