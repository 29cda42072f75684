import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { fail } from './python.ts'

/** Written last into a venv. A venv without it is incomplete. */
export const completeMark = '.dragonfab-complete'
/** A file in a venv with the links in releases that were made to it. The venv is needed while one of them points to it. */
export const linksFile = '.dragonfab-links'

/** `reuse hash`: sets `$target` to a complete venv of these inputs whose Python runs, or to nothing. */
export const reuseVenv = shellFunction(
  'virtualenv_reuse',
  sh`
    for target in "$venvs/$1" "$venvs/$1".*; do
      if [ -f "$target/"${completeMark} ] && "$target/bin/python" -I -c '' 2>/dev/null; then return 0; fi
    done
    target=
  `,
)

/**
 * `create hash`: sets `$target` to a new empty folder for a venv. A venv contains its own path, so it is built where it stays. If another run is
 * building under a name, or has left it incomplete, the next free name is used.
 */
export const makeFolder = shellFunction(
  'virtualenv_create',
  sh`
    mkdir -p -- "$venvs" || ${fail} ${exitStatus.notWritable} "$venvs"
    n=0
    target=$venvs/$1
    until mkdir -- "$target" 2>/dev/null; do
      [ -d "$target" ] || ${fail} ${exitStatus.notWritable} "$target"
      n=$((n + 1))
      target=$venvs/$1.$n
    done
  `,
)

/** `clear path`: makes room for a venv or a link to one. */
export const freePath = shellFunction(
  'virtualenv_clear',
  sh`
    if [ -L "$1" ]; then rm -f -- "$1"; fi
    [ ! -e "$1" ] || rmdir -- "$1" 2>/dev/null || ${fail} ${exitStatus.taken} "$1"
    mkdir -p -- "\${1%/*}"
  `,
)

/** `link link venv`: makes a link in the release to the venv, and notes it in the venv. */
export const linkVenv = shellFunction(
  'virtualenv_link',
  sh`
    ${freePath} "$1"
    printf '%s\n' "$1" >>"$2/"${linksFile}
    ln -s -- "$2" "$1"
  `,
)

/** `check_ours path`: ends the step, before a venv is built in vain, if the path belongs to something else. */
export const checkSharedPath = shellFunction(
  'virtualenv_check_ours',
  sh`
    goal=$current/\${release_venv#"$release"/}
    previous=\${1%/*}/.\${1##*/}.before-dragonfab
    if [ -L "$1" ]; then
      [ "$(readlink "$1")" = "$goal" ] || ${fail} ${exitStatus.taken} "$1 points to $(readlink "$1") of another deployment"
    elif [ -e "$1" ]; then
      [ -x "$1/bin/python" ] || ${fail} ${exitStatus.taken} "$1 is not a venv"
      [ ! -e "$previous" ] || ${fail} ${exitStatus.taken} "both $1 and $previous exist"
    fi
  `,
)

/**
 * `share path`: makes a path that all releases share a link to the live release's venv. It follows every switch, undo and rollback without
 * another change. A venv from before Dragonfab is moved aside, and the releases that it served keep it.
 */
export const shareVenv = shellFunction(
  'virtualenv_share',
  sh`
    [ ! -L "$1" ] || return 0
    if [ -e "$1" ]; then
      for each in "$releases"/*/; do
        each=\${each%/}/\${release_venv#"$release"/}
        [ "$each" = "$release_venv" ] || [ -e "$each" ] || [ -L "$each" ] || [ ! -d "\${each%/*}" ] || ln -s -- "$previous" "$each"
      done
      mv -- "$1" "$previous" && ln -s -- "$goal" "$1"
      echo "$1 is now a link to the live release's venv; the previous venv is $previous"
      return 0
    fi
    mkdir -p -- "\${1%/*}" && ln -s -- "$goal" "$1" || ${fail} ${exitStatus.notWritable} "$1"
  `,
)
