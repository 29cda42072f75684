import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'

/** Whether the target of a rollback is still complete, since it may have changed after planning. On all hosts, before any of them switches. */
export function verifyRelease(layout: Layout, release: string): Step {
  const text = sh`
    ${layoutVariables(sh, layout)} release=${release}
    if [ ! -d "$releases/$release" ]; then echo "$releases/$release does not exist" >&2
    elif [ ! -e "$DF_STATE/complete/$release" ]; then echo "$release has no complete mark" >&2
    elif [ -e "$DF_STATE/bad/$release" ]; then echo "$release is marked bad" >&2
    else exit 0
    fi
    exit ${exitStatus.releaseGone}
  `
  return step(text, {
    title: `is release ${release} complete`,
    failures: failureFor('releaseGone', {
      code: 'RELEASE_GONE',
      message: `release ${release} cannot be rolled back to: $OUTPUT`,
      remedy: 'the host has changed since the rollback was planned: plan it again',
    }),
  })
}
