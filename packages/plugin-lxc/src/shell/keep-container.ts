import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { bringUp } from './bring-up.ts'
import { commonFunctions } from './common-functions.ts'

export interface KeeperOptions {
  readonly name: string
  readonly template: string
  readonly path: string | undefined
  readonly wait: number
}

/**
 * Makes a container, tells `ready`, and removes it when its input ends: that is when who wanted it says so, is killed, or is cut off. A locked
 * file beside the container says that this script lives; without the lock it is what a machine has left that went down, or a killed script.
 */
export function keepContainer({ name, template, path, wait }: KeeperOptions): Fragment {
  const env: ContainerEnv = {
    lxc: name,
    lxcTemplate: template,
    lxcPath: path,
    lxcWait: wait,
    lxcClone: 'overlay',
    lxcEnter: 'attach',
    lxcSudo: true,
    lxcAddUser: false,
    lxcHostNetwork: false,
    stage: name,
    stateDir: '/run',
    sudoUser: undefined,
    user: 'root',
  }
  return sh`
    # What it writes to nobody must not end it before the container is gone.
    trap : HUP INT TERM PIPE
    exec 8<&0 </dev/null
    ${commonFunctions(env)}
    mkdir -p -- "$path" 2>/dev/null && [ -w "$path" ] || fail ${exitStatus.denied} "$(id -un) cannot write to $path"
    exec 9>>"$path/.dragonfab-throwaway.lock"
    flock -w ${wait + 60} 9 || fail ${exitStatus.busy} 'throwaway containers'
    for each in "$path"/.dragonfab-throwaway-*.builder; do
      [ -e "$each" ] || continue
      (
        fail() { echo "note $2"; exit "$1"; }
        exec 7>>"$each"
        flock -n 7 || exit 0
        name=\${each##*/.dragonfab-}
        name=\${name%.builder}
        destroy
        rm -f -- "$path/.dragonfab-$name.lock" "$each"
        echo "note removed $name, which a killed run has left"
      ) || :
    done
    own=$path/.dragonfab-$name.builder
    exec 7>>"$own"
    flock -n 7 || fail ${exitStatus.busy} "$name"
    exec 9>&-
    gone() {
      code=$?
      trap - EXIT
      if [ "$code" = 0 ]; then destroy; else (destroy) >/dev/null 2>&1 || exit "$code"; fi
      rm -f -- "$path/.dragonfab-$name.lock" "$own"
      exit "$code"
    }
    trap gone EXIT
    (
      exec 7>&- 8<&-
      ${bringUp(env, { recreate: false, readOnly: false, keys: [] })}
    ) || exit
    echo ready
    cat <&8 >/dev/null || :
    exit 0
  `
}
