import { sh, shellFunction } from '@dragonfab/core'

/**
 * `has_mount <release>`: whether something is mounted in it, or it is mounted somewhere. Device numbers are not enough: a bind mount has those
 * of its source, so `rm` and `find -xdev` would walk through it.
 */
export const hasMount = shellFunction(
  'release_has_mount',
  sh`
    if [ -r /proc/self/mountinfo ]; then grep -qF -e "/$1/" -e "/$1 " /proc/self/mountinfo; else mount | grep -qF -e "/$1/" -e "/$1 "; fi; [ "$?" != 1 ]
  `,
)

/** `same_mount <path> <path>`: whether both are on one mount. */
const isSameMount = shellFunction(
  'release_same_mount',
  sh`[ -n "$(df -P "$1" "$2" 2>/dev/null | sed -n -e 's/^.*% //' -e 2h -e '3{' -e G -e '/^\(.*\)\n\1$/p' -e '}')" ]`,
)

/**
 * `discard <release>`: moves it into the trash and removes its marks, so that a half-removed release is never a target. The trash is on the
 * same mount, because `mv` would copy otherwise: in the state directory if possible, else hidden among the releases.
 */
export const discard = shellFunction(
  'release_discard',
  sh`
    if ${isSameMount} "$DF_STATE" "$releases"; then bin=$DF_STATE/trash; else bin=$releases/.trash; fi
    { [ ! -L "$bin" ] || rm -f -- "$bin"; } && { [ -d "$bin" ] || mkdir -- "$bin"; } || return
    n=0; while [ -e "$bin/$1.$n" ]; do n=$((n + 1)); done
    mv -- "$releases/$1" "$bin/$1.$n" || return
    rm -f -- "$DF_STATE/complete/$1" "$DF_STATE/begun/$1" "$DF_STATE/bad/$1"
  `,
)

/** `empty`: empties the trash, also folders without write permission (module caches have some). Reports the files that it cannot remove. */
export const empty = shellFunction(
  'release_empty',
  sh`
    incomplete=
    for full in "$DF_STATE/trash" "$releases/.trash"; do
      [ -d "$full" ] && [ ! -L "$full" ] || continue
      rm -rf -- "$full" 2>/dev/null && continue
      find "$full" -xdev -type d ! -perm -u=wx -exec chmod u+rwx {} + 2>/dev/null || :
      why=$(rm -rf -- "$full" 2>&1) || { printf '%s\n' "$why" | head -n 5 >&2; incomplete=yes; }
    done; [ -z "$incomplete" ]
  `,
)
