import { sh, shellFunction } from '@dragonfab/core'

/**
 * `mounted <release>`: whether something is mounted in it, or it is mounted somewhere. Device numbers do not tell: a bind mount has
 * its source's, so that `rm` and `find -xdev` walk right through one.
 */
export const mounted = shellFunction(
  'release_mounted',
  sh`
    if [ -r /proc/self/mountinfo ]; then grep -qF -e "/$1/" -e "/$1 " /proc/self/mountinfo; else mount | grep -qF -e "/$1/" -e "/$1 "; fi; [ "$?" != 1 ]
  `,
)

/** `together <path> <path>`: whether both are on one mount. */
const together = shellFunction(
  'release_together',
  sh`[ -n "$(df -P "$1" "$2" 2>/dev/null | sed -n -e 's/^.*% //' -e 2h -e '3{' -e G -e '/^\(.*\)\n\1$/p' -e '}')" ]`,
)

/**
 * `discard <release>`: renames it aside and takes its marks away, so that one that is half removed is nobody's target. Aside is on the
 * same mount, or `mv` would copy: the stateDir's own place where it is, else a hidden one among the releases.
 */
export const discard = shellFunction(
  'release_discard',
  sh`
    if ${together} "$DF_STATE" "$releases"; then bin=$DF_STATE/trash; else bin=$releases/.trash; fi
    { [ ! -L "$bin" ] || rm -f -- "$bin"; } && { [ -d "$bin" ] || mkdir -- "$bin"; } || return
    n=0; while [ -e "$bin/$1.$n" ]; do n=$((n + 1)); done
    mv -- "$releases/$1" "$bin/$1.$n" || return
    rm -f -- "$DF_STATE/complete/$1" "$DF_STATE/begun/$1" "$DF_STATE/bad/$1"
  `,
)

/** `empty`: removes what lies aside, also from folders without write permission (module caches are like that). Tells what stays. */
export const empty = shellFunction(
  'release_empty',
  sh`
    left=
    for full in "$DF_STATE/trash" "$releases/.trash"; do
      [ -d "$full" ] && [ ! -L "$full" ] || continue
      rm -rf -- "$full" 2>/dev/null && continue
      find "$full" -xdev -type d ! -perm -u=wx -exec chmod u+rwx {} + 2>/dev/null || :
      why=$(rm -rf -- "$full" 2>&1) || { printf '%s\n' "$why" | head -n 5 >&2; left=yes; }
    done; [ -z "$left" ]
  `,
)
