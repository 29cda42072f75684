import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { bringUp } from './bring-up.ts'
import { beginLxc, destroy, fail } from './common-functions.ts'

export interface KeeperOptions {
  readonly name: string
  readonly template: string
  readonly path: string | undefined
  readonly wait: number
}

/** For `trap`: removes the container when the script ends, whatever ended it. Prints an error only if there is none yet. */
const removeAtExit = shellFunction(
  'lxc_remove_at_exit',
  sh`
    code=$?
    trap - EXIT
    if [ "$code" = 0 ]; then ${destroy}; else (${destroy}) >/dev/null 2>&1 || exit "$code"; fi
    rm -f -- "$path/.dragonfab-$name.lock" "$own"
    exit "$code"
  `,
)

/**
 * Makes a container, prints `ready`, and removes the container when its input ends: because its user is done, was killed, or was cut off. A
 * locked file beside the container shows that this script is running. If nobody holds that lock, the container was left behind by a crash.
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
    # If the reader has exited, a write must not end this script before it has removed the container.
    trap : HUP INT TERM PIPE
    exec 8<&0 </dev/null
    ${beginLxc(env)}
    mkdir -p -- "$path" 2>/dev/null && [ -w "$path" ] || ${fail} ${exitStatus.denied} "$(id -un) cannot write to $path"
    exec 9>>"$path/.dragonfab-throwaway.lock"
    flock -w ${wait + 60} 9 || ${fail} ${exitStatus.busy} 'throwaway containers'
    for each in "$path"/.dragonfab-throwaway-*.builder; do
      [ -e "$each" ] || continue
      (
        note='note '
        exec 7>>"$each"
        flock -n 7 || exit 0
        name=\${each##*/.dragonfab-}
        name=\${name%.builder}
        ${destroy}
        rm -f -- "$path/.dragonfab-$name.lock" "$each"
        echo "note removed $name, which a killed run had left behind"
      ) || :
    done
    own=$path/.dragonfab-$name.builder
    exec 7>>"$own"
    flock -n 7 || ${fail} ${exitStatus.busy} "$name"
    exec 9>&-
    trap ${removeAtExit} EXIT
    (
      exec 7>&- 8<&-
      ${bringUp(env, { recreate: false, readOnly: false, keys: [] })}
    ) || exit
    echo ready
    cat <&8 >/dev/null || :
    exit 0
  `
}
