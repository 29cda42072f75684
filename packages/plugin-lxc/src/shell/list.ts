import { type Fragment, sh } from '@dragonfab/core'
import type { LxcEnv } from '../env.ts'
import { beginLxc } from './common-functions.ts'

/** All containers beside this one. */
export function listContainers(env: LxcEnv): Fragment {
  return sh`
    ${beginLxc(env)}
    lxc-ls -P "$path" -f -F NAME,STATE,IPV4,IPV6,UNPRIVILEGED
    [ -n "$(lxc-ls -P "$path" -1)" ] || echo "there is none in $path"
  `
}
