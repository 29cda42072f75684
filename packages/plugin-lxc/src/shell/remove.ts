import { type Fragment, sh } from '@dragonfab/core'
import type { LxcEnv } from '../env.ts'
import { beginLxc, destroy, have, lockContainer, refuseInUse } from './common-functions.ts'

/** Stops and destroys the container; one that is not there is no mistake. */
export function removeContainer(env: LxcEnv): Fragment {
  return sh`
    ${beginLxc(env)}
    ${lockContainer}
    if ! ${have} "$name" && [ ! -e "$path/.dragonfab-$name.fresh" ]; then
      echo "$name was not there"
      exit 0
    fi
    ${refuseInUse}
    ${destroy}
    rm -f -- "$path/.dragonfab-$name.lock"
    echo "$name is removed"
  `
}
