import { type Fragment, sh } from '@dragonfab/core'
import type { LxcEnv } from '../env.ts'
import { common } from './common.ts'

/** Stops and destroys the container; one that is not there is no mistake. */
export function remove(env: LxcEnv): Fragment {
  return sh`
    ${common(env)}
    held
    if ! have "$name" && [ ! -e "$path/.dragonfab-$name.fresh" ]; then
      echo "$name was not there"
      exit 0
    fi
    unused
    destroy
    rm -f -- "$path/.dragonfab-$name.lock"
    echo "$name is removed"
  `
}
