import { type Step, sh, step } from '@dragonfab/core'
import { failure, guard } from '../guards.ts'
import { type Layout, places } from '../layout.ts'
import { cannot, cannotWrite } from '../shell/cannot.ts'

/**
 * Makes the release's directory, exclusively. Its mark is made first, with the run's id, so that whatever a kill leaves behind is known as this
 * tool's own, and nothing else is ever taken for a leftover.
 */
export function create(layout: Layout, release: string): Step {
  const text = sh`
    ${places(sh, layout)}
    release=${release}
    for each in "$releases/$release" "$STATE/begun/$release" "$STATE/complete/$release" "$STATE/bad/$release"; do
      if [ -e "$each" ] || [ -L "$each" ]; then echo "$each exists" >&2; exit ${guard.releaseTaken}; fi
    done
    (set -C; printf '%s\n' "$R" >"$STATE/begun/$release") || ${cannot} "$STATE/begun/$release"
    mkdir -- "$releases/$release" || ${cannot} "$releases/$release"
  `
  return step(text, {
    title: `make release ${release}`,
    failures: {
      ...failure('releaseTaken', {
        code: 'RELEASE_TAKEN',
        message: `release ${release} exists already: $OUTPUT`,
        remedy: 'plan again: the next id is free',
        replan: true,
      }),
      ...cannotWrite(),
    },
  })
}
