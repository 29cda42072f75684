import { type Step, sh, step } from '@dragonfab/core'
import { failure, guard } from '../guards.ts'
import { type Layout, places } from '../layout.ts'

/**
 * Makes the release's directory, exclusively. Its mark is made first, so that whatever a kill leaves behind is known as this
 * tool's own, and nothing else is ever taken for a leftover.
 */
export function create(layout: Layout, release: string): Step {
  const text = sh`
    ${places(sh, layout)}
    release=${release}
    for each in "$releases/$release" "$STATE/complete/$release" "$STATE/bad/$release"; do
      if [ -e "$each" ] || [ -L "$each" ]; then echo "$each exists" >&2; exit ${guard.releaseTaken}; fi
    done
    (set -C; : >"$STATE/begun/$release") 2>/dev/null || { echo "$STATE/begun/$release exists" >&2; exit ${guard.releaseTaken}; }
    mkdir -- "$releases/$release" || exit ${guard.notWritable}
    printf '%s\n' "$release" >"$RUN/made"
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
      ...failure('notWritable', {
        code: 'PATH_NOT_WRITABLE',
        message: `${layout.releasesPath}/${release} cannot be made: $OUTPUT`,
        remedy: 'give the user who deploys the right to write there, or space, as the line says',
      }),
    },
  })
}
