import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { addressFunctions } from './address.ts'
import { cloneFunctions } from './clone.ts'
import { commonFunctions } from './common-functions.ts'
import { networkFunctions } from './network.ts'
import { startFunction } from './start.ts'
import { settleFunction } from './user.ts'

export interface UpOptions {
  /** Make it anew. */
  readonly recreate: boolean
  /** Nothing may be made or started. */
  readonly readOnly: boolean
  /** Public keys, one a line. */
  readonly keys: readonly string[]
}

/**
 * Brings the container up, and tells lines: `note …` for people, `path …`, `address …`, `key …` (its host keys). One run at a time; what was
 * left half made is made anew.
 */
export function bringUp(env: ContainerEnv, { recreate, readOnly, keys }: UpOptions): Fragment {
  return sh.join([
    commonFunctions(env),
    networkFunctions(env),
    addressFunctions(env),
    ...(readOnly ? [] : [cloneFunctions(env), startFunction, settleFunction(env, keys)]),
    readOnly ? lookScript : makeScript(recreate),
    sh`addressed`,
    sh`echo "path $path"`,
    env.lxcEnter === 'ssh' && printHostKeys,
  ])
}

const frozenCase = sh`FROZEN | FREEZING) fail ${exitStatus.frozen} "$name" ;;`

const lookScript = sh`
  have "$name" || fail ${exitStatus.missing} "$name in $path"
  case $(state "$name") in
    RUNNING) ;;
    ${frozenCase}
    *) fail ${exitStatus.stopped} "$name" ;;
  esac
  link=$(lxc-info -P "$path" -n "$name" -c lxc.net.0.link 2>/dev/null | sed 's/^[^=]*= *//')
`

const makeScript = (recreate: boolean) => sh`
  held
  if [ -e "$path/.dragonfab-$name.fresh" ]; then
    [ ! -e "$path/$name" ] || echo 'note it was left half made, so it is made anew'
    destroy
  fi
  ${
    recreate
      ? sh`if have "$name"; then
    unused
    destroy
    echo 'note removed, to be made anew'
  fi`
      : sh`:`
  }
  have "$name" || clone
  case $(state "$name") in
    STOPPED) start ;;
    ${frozenCase}
    RUNNING) ;;
    *) lxc-wait -P "$path" -n "$name" -s 'RUNNING|STOPPED' -t ${60} 9>&- || :
      [ "$(state "$name")" = RUNNING ] || start ;;
  esac
  if [ -e "$path/.dragonfab-$name.fresh" ]; then
    settle
    rm -f -- "$path/.dragonfab-$name.fresh"
  fi
  [ -n "\${conf-}" ] || link=$(lxc-info -P "$path" -n "$name" -c lxc.net.0.link 2>/dev/null | sed 's/^[^=]*= *//')
`

/** Read inside, so that nobody in between can give others. */
const printHostKeys = sh`
  lxc-attach -P "$path" -n "$name" --clear-env -- sh -c 'cat /etc/ssh/ssh_host_*_key.pub' 9>&- </dev/null 2>/dev/null | sed 's/^/key /'
`
