import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { type ContainerEnv, containerOf } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/** `fail <status> <why>`: ends the script with a line for people. */
export const fail = shellFunction('lxc_fail', sh`echo "$note$2"; exit "$1"`)

/** `have <container>`: whether it exists. */
export const have = shellFunction('lxc_have', sh`[ -e "$path/$1/config" ]`)

/** `state <container>`: prints `RUNNING`, `STOPPED`, … */
export const state = shellFunction('lxc_state', sh`lxc-info -P "$path" -n "$1" -s -H`)

/** Takes the lock of the container `$name` (fd 9), and waits up to `$limit` seconds for it. */
export const lockContainer = shellFunction(
  'lxc_lock',
  sh`
    mkdir -p -- "$path" 2>/dev/null && [ -w "$path" ] || ${fail} ${exitStatus.denied} "$(id -un) cannot write to $path"
    exec 9>>"$path/.dragonfab-$name.lock"
    flock -w "$limit" 9 || ${fail} ${exitStatus.busy} "$name"
  `,
)

/** In the container: exits with `inUse` if a run holds its lock. */
const lockCheck = [
  'case $1 in "~/"*) h=$(sed -n "s/^$2:[^:]*:[^:]*:[^:]*:[^:]*:\\([^:]*\\):.*/\\1/p" /etc/passwd); set -- "$h/${1#??}" ;; esac',
  '[ -e "$1/lock" ] || exit 0',
  // 1 means that the lock is taken. Without flock(1) there is no way to find out.
  `exec 9<"$1/lock"; flock -n 9 2>/dev/null; [ "$?" != 1 ] || exit ${exitStatus.inUse}`,
].join('\n')

/** Refuses to continue while a run uses the container `$name`. Needs `$stateDir`, and in `$runAs` the user whose home a `~` in it is. */
export const refuseInUse = shellFunction(
  'lxc_refuse_in_use',
  sh`
    [ "$(${state} "$name")" = RUNNING ] || return 0
    lxc-attach -P "$path" -n "$name" --clear-env -- sh -c ${lockCheck} sh "$stateDir" "$runAs" 9>&- </dev/null ||
      [ "$?" != ${exitStatus.inUse} ] || ${fail} ${exitStatus.inUse} "$name"
  `,
)

/** Removes the container `$name`, with what a killed `lxc-copy` has left of it. */
export const destroy = shellFunction(
  'lxc_destroy',
  sh`
    output=$(lxc-destroy -P "$path" -n "$name" -f 9>&- 2>&1) || ! ${have} "$name" || ${fail} ${exitStatus.notRemoved} "$(printf '%s\n' "$output" | tail -n 1)"
    [ ! -e "$path/$name" ] || rm -rf --one-file-system -- "$path/$name"
    rm -f -- "$path/.dragonfab-$name.fresh"
  `,
)

/**
 * All scripts begin with this. It sets the variables that the functions read: `$name`, `$template`, `$path`, `$limit`, `$stateDir`, `$runAs`, and
 * `$note`, which comes before the line of `fail`.
 */
export function beginLxc(env: ContainerEnv): Fragment {
  const { lxcTemplate, lxcPath, lxcSudo, lxcWait, stateDir, sudoUser, user } = env
  return sh`
    LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    export LC_ALL PATH
    name=${containerOf(env)} template=${lxcTemplate} path=${lxcPath ?? ''} limit=${lxcWait} stateDir=${stateDir} runAs=${sudoUser ?? user} note=
    command -v lxc-start >/dev/null && command -v lxc-copy >/dev/null || ${fail} ${exitStatus.noLxc} 'lxc-start or lxc-copy is missing'
    ${lxcSudo ? sh`[ "$(id -u)" = 0 ] || ${fail} ${exitStatus.denied} "$(id -un) is not root"` : sh`:`}
    [ -n "$path" ] || path=$(lxc-config lxc.lxcpath)
  `
}
