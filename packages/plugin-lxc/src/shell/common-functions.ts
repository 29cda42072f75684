import { type Fragment, sh } from '@dragonfab/core'
import { type ContainerEnv, containerOf } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/**
 * What all scripts begin with. `$name`, `$template`, `$path`; `have <container>`, `state <container>`, `held` (takes the lock of the
 * container, fd 9), `destroy`, and `fail <status> <why>`, whose line people read.
 */
export function commonFunctions(env: ContainerEnv): Fragment {
  const { lxcTemplate, lxcPath, lxcSudo, lxcWait } = env
  return sh`
    LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    export LC_ALL PATH
    name=${containerOf(env)} template=${lxcTemplate} path=${lxcPath ?? ''}
    fail() { echo "$2"; exit "$1"; }
    command -v lxc-start >/dev/null && command -v lxc-copy >/dev/null || fail ${exitStatus.noLxc} 'there is no lxc-start'
    ${lxcSudo ? sh`[ "$(id -u)" = 0 ] || fail ${exitStatus.denied} "$(id -un) is not root"` : sh`:`}
    [ -n "$path" ] || path=$(lxc-config lxc.lxcpath)
    have() { [ -e "$path/$1/config" ]; }
    state() { lxc-info -P "$path" -n "$1" -s -H; }
    held() {
      mkdir -p -- "$path" 2>/dev/null && [ -w "$path" ] || fail ${exitStatus.denied} "$(id -un) cannot write to $path"
      exec 9>>"$path/.dragonfab-$name.lock"
      flock -w ${lxcWait} 9 || fail ${exitStatus.busy} "$name"
    }
    # Before what ends all that is in it: fd 9 is the lock of a run, as the session holds it.
    unused() {
      [ "$(state "$name")" = RUNNING ] || return 0
      lxc-attach -P "$path" -n "$name" --clear-env -- sh -c ${lockCheck} sh ${env.stateDir} ${env.sudoUser ?? env.user} 9>&- </dev/null ||
        [ "$?" != ${exitStatus.inUse} ] || fail ${exitStatus.inUse} "$name"
    }
    destroy() {
      said=$(lxc-destroy -P "$path" -n "$name" -f 9>&- 2>&1) || ! have "$name" || fail ${exitStatus.notRemoved} "$(printf '%s\n' "$said" | tail -n 1)"
      # What a killed lxc-copy has left is no container yet.
      [ ! -e "$path/$name" ] || rm -rf --one-file-system -- "$path/$name"
      rm -f -- "$path/.dragonfab-$name.fresh"
    }
  `
}

/** In the container: ends with the status of `inUse` where a run holds its lock. */
const lockCheck = [
  'case $1 in "~/"*) h=$(sed -n "s/^$2:[^:]*:[^:]*:[^:]*:[^:]*:\\([^:]*\\):.*/\\1/p" /etc/passwd); set -- "$h/${1#??}" ;; esac',
  '[ -e "$1/lock" ] || exit 0',
  // 1 is flock's own answer; where there is no flock(1), nothing can be told.
  `exec 9<"$1/lock"; flock -n 9 2>/dev/null; [ "$?" != 1 ] || exit ${exitStatus.inUse}`,
].join('\n')
