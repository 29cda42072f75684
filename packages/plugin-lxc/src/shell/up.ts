import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { outcomes } from '../outcomes.ts'
import { addressed } from './address.ts'
import { clone } from './clone.ts'
import { common } from './common.ts'
import { network } from './network.ts'
import { start } from './start.ts'
import { settle } from './user.ts'

export interface Up {
  /** Make it anew. */
  readonly anew: boolean
  /** Nothing may be made or started. */
  readonly reads: boolean
  /** Public keys, one a line. */
  readonly keys: readonly string[]
}

/**
 * Brings the container up, and tells lines: `note …` for people, `path …`, `address …`, `key …` (its host keys). One run at a time; what was
 * left half made is made anew.
 */
export function up(env: ContainerEnv, { anew, reads, keys }: Up): Fragment {
  return sh.join([
    common(env),
    network(env),
    addressed(env),
    ...(reads ? [] : [clone(env), start, settle(env, keys)]),
    reads ? look : make(anew),
    sh`addressed`,
    sh`echo "path $path"`,
    env.lxcEnter === 'ssh' && hostKeys,
  ])
}

const frozen = sh`FROZEN | FREEZING) fail ${outcomes.frozen.status} "$name" ;;`

const look = sh`
  have "$name" || fail ${outcomes.missing.status} "$name in $path"
  case $(state "$name") in
    RUNNING) ;;
    ${frozen}
    *) fail ${outcomes.stopped.status} "$name" ;;
  esac
  link=$(lxc-info -P "$path" -n "$name" -c lxc.net.0.link 2>/dev/null | sed 's/^[^=]*= *//')
`

const make = (anew: boolean) => sh`
  held
  if [ -e "$path/.dragonfab-$name.fresh" ]; then
    [ ! -e "$path/$name" ] || echo 'note it was left half made, so it is made anew'
    destroy
  fi
  ${
    anew
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
    ${frozen}
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
const hostKeys = sh`
  lxc-attach -P "$path" -n "$name" --clear-env -- sh -c 'cat /etc/ssh/ssh_host_*_key.pub' 9>&- </dev/null 2>/dev/null | sed 's/^/key /'
`
