import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { cannot } from './python.ts'

/** Written last into a venv: without it, it is half built, whatever it looks like. */
export const completeMark = '.dragonfab-complete'
/** In a venv: the links in releases that were made to it, a line each. A venv is needed as long as one of them leads there. */
export const linksFile = '.dragonfab-links'

/** `reuse hash`: sets `found` to a complete venv of these inputs whose Python runs, or to nothing. */
export const reuseVenv = shellFunction(
  'virtualenv_reuse',
  sh`
    for found in "$venvs/$1" "$venvs/$1".*; do
      if [ -f "$found/"${completeMark} ] && "$found/bin/python" -I -c '' 2>/dev/null; then return 0; fi
    done
    found=
  `,
)

/**
 * `fresh hash`: sets `found` to a new empty folder for a venv. A venv holds its own path, so it is built where it stays. A name that
 * another run builds under at this moment, or left half built, is not touched: the next free one is taken.
 */
export const makeFolder = shellFunction(
  'virtualenv_fresh',
  sh`
    mkdir -p -- "$venvs" || ${cannot} ${exitStatus.notWritable} "$venvs"
    n=0
    found=$venvs/$1
    until mkdir -- "$found" 2>/dev/null; do
      [ -d "$found" ] || ${cannot} ${exitStatus.notWritable} "$found"
      n=$((n + 1))
      found=$venvs/$1.$n
    done
  `,
)

/** `free path`: makes room for a venv or a link to one. */
export const freePath = shellFunction(
  'virtualenv_free',
  sh`
    if [ -L "$1" ]; then rm -f -- "$1"; fi
    [ ! -e "$1" ] || rmdir -- "$1" 2>/dev/null || ${cannot} ${exitStatus.taken} "$1"
    mkdir -p -- "\${1%/*}"
  `,
)

/** `lead link venv`: a link in the release to the venv, which knows of it. */
export const linkVenv = shellFunction(
  'virtualenv_lead',
  sh`
    ${freePath} "$1"
    printf '%s\n' "$1" >>"$2/"${linksFile}
    ln -s -- "$2" "$1"
  `,
)

/** `ours path`: ends the step if that path is somebody else's, before a venv is made in vain. */
export const checkSharedPath = shellFunction(
  'virtualenv_ours',
  sh`
    goal=$current/\${inside#"$release"/}
    aside=\${1%/*}/.\${1##*/}.before-dragonfab
    if [ -L "$1" ]; then
      [ "$(readlink "$1")" = "$goal" ] || ${cannot} ${exitStatus.taken} "$1 leads to $(readlink "$1"), another deployment's"
    elif [ -e "$1" ]; then
      [ -x "$1/bin/python" ] || ${cannot} ${exitStatus.taken} "$1 is no venv"
      [ ! -e "$aside" ] || ${cannot} ${exitStatus.taken} "$1 and $aside are both there"
    fi
  `,
)

/**
 * `outside path`: a path that all releases share. It is a link to the live release's venv, so it follows every switch, undo and
 * rollback without being touched again. A venv that was there before Dragonfab is moved aside, and the releases that it served keep it.
 */
export const shareVenv = shellFunction(
  'virtualenv_outside',
  sh`
    [ ! -L "$1" ] || return 0
    if [ -e "$1" ]; then
      for each in "$releases"/*/; do
        each=\${each%/}/\${inside#"$release"/}
        [ "$each" = "$inside" ] || [ -e "$each" ] || [ -L "$each" ] || [ ! -d "\${each%/*}" ] || ln -s -- "$aside" "$each"
      done
      mv -- "$1" "$aside" && ln -s -- "$goal" "$1"
      echo "$1 is now a link to the live release's venv; what was there is $aside"
      return 0
    fi
    mkdir -p -- "\${1%/*}" && ln -s -- "$goal" "$1" || ${cannot} ${exitStatus.notWritable} "$1"
  `,
)
