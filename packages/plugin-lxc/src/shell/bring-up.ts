import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { printAddress } from './address.ts'
import { clone } from './clone.ts'
import { beginLxc, destroy, fail, have, lockContainer, refuseInUse, state } from './common-functions.ts'
import { start } from './start.ts'
import { setUpUser } from './user.ts'

export interface UpOptions {
  /** Remove the container first, if there is one. */
  readonly recreate: boolean
  /** Nothing may be made or started. */
  readonly readOnly: boolean
  /** Public keys, one a line. */
  readonly keys: readonly string[]
}

/**
 * Brings the container up, and prints lines: `note …` for people, `path …`, `address …`, `key …` (its host keys). One run at a time does it. An
 * incomplete container is created again.
 */
export function bringUp(env: ContainerEnv, { recreate, readOnly, keys }: UpOptions): Fragment {
  return sh.join([
    beginLxc(env),
    readOnly ? lookScript : makeScript(env, { recreate, keys }),
    printAddress,
    sh`echo "path $path"`,
    env.lxcEnter === 'ssh' && printHostKeys,
  ])
}

const frozenCase = sh`FROZEN | FREEZING) ${fail} ${exitStatus.frozen} "$name" ;;`
const findLink = sh`link=$(lxc-info -P "$path" -n "$name" -c lxc.net.0.link 2>/dev/null | sed 's/^[^=]*= *//')`

const lookScript = sh`
  ${have} "$name" || ${fail} ${exitStatus.missing} "$name in $path"
  case $(${state} "$name") in
    RUNNING) ;;
    ${frozenCase}
    *) ${fail} ${exitStatus.stopped} "$name" ;;
  esac
  ${findLink}
`

const makeScript = (env: ContainerEnv, { recreate, keys }: Pick<UpOptions, 'recreate' | 'keys'>) => sh`
  cloneOptions=${env.lxcClone === 'overlay' ? '-s -B overlay' : ''} hostNetwork=${env.lxcHostNetwork ? 'allowed' : 'refused'}
  login=${env.user} addUser=${env.lxcAddUser ? 'add' : ''} keys=${keys.join('\n')}
  ${lockContainer}
  if [ -e "$path/.dragonfab-$name.fresh" ]; then
    [ ! -e "$path/$name" ] || echo 'note it was incomplete, so it is created again'
    ${destroy}
  fi
  ${
    recreate
      ? sh`if ${have} "$name"; then
    ${refuseInUse}
    ${destroy}
    echo 'note removed, and will be created again'
  fi`
      : sh`:`
  }
  ${have} "$name" || ${clone}
  case $(${state} "$name") in
    STOPPED) ${start} ;;
    ${frozenCase}
    RUNNING) ;;
    *) lxc-wait -P "$path" -n "$name" -s 'RUNNING|STOPPED' -t ${60} 9>&- || :
      [ "$(${state} "$name")" = RUNNING ] || ${start} ;;
  esac
  if [ -e "$path/.dragonfab-$name.fresh" ]; then
    ${setUpUser}
    rm -f -- "$path/.dragonfab-$name.fresh"
  fi
  [ -n "\${conf-}" ] || ${findLink}
`

/** Reads them in the container, so that nothing in between can substitute others. */
const printHostKeys = sh`
  lxc-attach -P "$path" -n "$name" --clear-env -- sh -c 'cat /etc/ssh/ssh_host_*_key.pub' 9>&- </dev/null 2>/dev/null | sed 's/^/key /'
`
