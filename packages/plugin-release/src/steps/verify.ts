import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { type Layout, layoutVariables } from '../layout.ts'

/** Checks on all hosts, before any of them switches, that the target of a rollback is still complete: it may have changed after planning. */
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
      message: `cannot roll back to release ${release}: $OUTPUT`,
      remedy: 'plan the rollback again: the host has changed since it was planned',
    }),
  })
}
