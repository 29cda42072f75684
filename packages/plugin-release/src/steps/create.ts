import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { cannotFunction, cannotWriteFailure } from '../shell/folders.ts'

/**
 * Makes the release's directory, exclusively. Its mark is made first, with the run's id, so that whatever a kill leaves behind is known as this
 * tool's own, and nothing else is ever taken for a leftover.
 */
export function createRelease(layout: Layout, release: string): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release}
    taken=$(ls -d -- "$releases/$release" "$DF_STATE"/*/"$release" 2>/dev/null) || :
    [ -z "$taken" ] || { echo "$taken exists" >&2; exit ${exitStatus.releaseTaken}; }
    (set -C; printf '%s\n' "$DF_R" >"$DF_STATE/begun/$release") || ${cannotFunction} "$DF_STATE/begun/$release"
    mkdir -- "$releases/$release" || ${cannotFunction} "$releases/$release"
  `
  return step(text, {
    title: `make release ${release}`,
    failures: {
      ...failureFor('releaseTaken', {
        code: 'RELEASE_TAKEN',
        message: `release ${release} exists already: $OUTPUT`,
        remedy: 'plan again: the next id is free',
        replan: true,
      }),
      ...cannotWriteFailure(),
    },
  })
}
