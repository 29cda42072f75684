import { createHash, randomBytes } from 'node:crypto'
import { type Fragment, sh, type UploadRequest } from '@dragonfab/core'

export interface HostScript {
  /** The folder to fill. */
  readonly to: string
  /** The state directory. A leading `~/` is the user's home directory. */
  readonly state: string
  /** The name of the content. An upload is compared with the last one of this name. */
  readonly slot: string
  /** The name of this upload. Later names sort after earlier ones. */
  readonly id: string
  /** A short name for `to`. For each folder only the last upload is recorded. */
  readonly place: string
  readonly unchanged: 'copy' | 'link' | 'send'
}

/** Exit statuses of the script that have a meaning. */
export const hostStatus = { noTar: 81, cut: 82 } as const

/**
 * Earlier uploads are recorded in `$slot`: `<id>-<place>.to` contains the folder, `.sums` (gzipped) a line for each file,
 * `<mode> <sha256>  ./<path>`. Sets `$base` to the newest of these folders that still exists, and `$old` to the name of its list. Removes
 * records of folders that do not exist.
 */
export function lookBackScript({ to, state, slot, id, place }: HostScript): Fragment {
  return sh`
    set -eu
    umask 022
    export LC_ALL=C
    # If the connection is lost, writing an error must not kill the shell before it has cleaned up.
    trap '' PIPE
    to=${to} place=${place}
    slot=${state.startsWith('~/') ? sh`"$HOME"/${state.slice(2)}` : sh`${state}`}/uploads/${slot}
    new=$slot/${`${id}-${place}`}
    base= old=
    for each in "$slot"/*.to; do
      [ -f "$each" ] || continue
      IFS= read -r at <"$each" || at=
      if [ -n "$at" ] && [ -d "$at" ] && [ ! -L "$at" ]; then base=$at old=\${each%.to}
      else rm -f -- "$each" "\${each%.to}.sums"
      fi
    done
  `
}

/** `remember <list of files>`: records the content of `$to`. It is only a hint for the next upload, so it may fail. */
export const rememberScript = sh`
  packed() { if [ "$gzip" = yes ]; then gzip -1; else cat; fi; }
  remember() {
    if { packed <"$1" >"$new.sums" && printf '%s\n' "$to" >"$new.to"; } 2>/dev/null; then
      for each in "$slot"/*-"$place".to; do [ "$each" = "$new.to" ] || rm -f -- "$each" "\${each%.to}.sums"; done
    else rm -f -- "$new.to" "$new.sums"
    fi
  }
`

/**
 * The first half prints whether the host has gzip, and the list of the last upload. The second half reads which of its lines are unchanged
 * (`1,20 30,40`, or nothing), reuses those files, unpacks the stream, and compares the sha256 of every reused file. It prints the paths of
 * files that differ (`bad <path>`), which then have to be sent. The stream's last member is a list of its files with an end mark: a
 * truncated stream may unpack with status 0 (20 of 200 cuts, measured), but does not have the mark.
 */
export function receiveScript(script: HostScript): Fragment {
  return sh`
    ${lookBackScript(script)}
    command -v tar >/dev/null 2>&1 || { echo 'tar is not installed' >&2; exit ${hostStatus.noTar}; }
    if command -v gzip >/dev/null 2>&1; then gzip=yes; else gzip=no; fi
    unpacked() { if [ "$gzip" = yes ]; then gzip -dc; else cat; fi; }
    paths() { cut -c71- | tr '\n' '\0'; }
    mkdir -p -- "$slot"
    work=$new.work mark=.dragonfab-upload-${script.id}
    trap 'wait; rm -rf -- "$work"; rm -f -- "$to/$mark"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir -- "$work" "$work/try"
    ${script.unchanged === 'send' ? sh`old=` : meansScript}
    if [ -n "$old" ]; then echo "$gzip" "$(($(wc -c <"$old.sums")))" && cat -- "$old.sums"; else echo "$gzip" 0; fi
    IFS= read -r keep
    mkdir -p -- "$to"
    cd -- "$to"
    : >"$work/kept" && : >"$work/bad"
    if [ -n "$old" ]; then
      ${takeOverScript(script.unchanged === 'link')}
    fi
    ${compareScript}
    compare &
    comparing=$!
    set --
    case $(tar --version 2>&1) in *GNU*|*bsdtar*|*[Bb]usy[Bb]ox*) set -- --no-same-permissions ;; esac
    { unpacked && : >"$work/whole"; } | tar -xof - "$@"
    [ -f "$work/whole" ] && [ "$(tail -n 1 -- "$mark" 2>/dev/null)" = end ] || { echo 'the stream was truncated' >&2; exit ${hostStatus.cut}; }
    wait "$comparing"
    awk 'FILENAME == ARGV[1] { bad[$0]; next } !(substr($0, 71) in bad)' "$work/bad" "$work/kept" >"$work/new"
    sed '$d' "$mark" >>"$work/new"
    ${rememberScript}
    remember "$work/new"
    sed 's/^/bad /' "$work/bad"
  `
}

/** Finds the programs that reuse files. If one is missing on the host, all files are sent. openssl hashes three times as fast as coreutils. */
const meansScript = sh`
  can() { printf 'probe\0' | (cd -- "$work" && FLAGS=$1 TO=$work/try xargs -0 sh -c 'exec cp $FLAGS "$@" "$TO"' sh) >/dev/null 2>&1; }
  if [ -n "$old" ] && [ -s "$old.sums" ] && command -v awk >/dev/null 2>&1; then
    echo probe >"$work/probe"
    if can '-p --parents --reflink=auto'; then copy='-p --parents --reflink=auto'
    elif can '-p --parents'; then copy='-p --parents'
    else old=
    fi
    if openssl dgst -sha256 -r "$work/probe" 2>/dev/null | grep -q '^[0-9a-f]\{64\} \*'; then sums=openssl
    elif command -v sha256sum >/dev/null 2>&1; then sums=sha256sum
    else old=
    fi
  else old=
  fi
`

/**
 * Writes the unchanged lines to `$work/kept` and the others to `$work/gone`. If the last upload went into the same folder, its unchanged files
 * stay and the others are removed, but never through a link that was created since. The comparison finds files that could not be copied.
 */
const takeOverScript = (link: boolean): Fragment => sh`
  # A damaged list counts as an empty one.
  unpacked <"$old.sums" >"$work/old" 2>/dev/null || : >"$work/old"
  printf '%s\n' "$keep" | tr ' ' '\n' >"$work/ranges"
  : >"$work/gone"
  GONE=$work/gone awk -F, 'FILENAME == ARGV[1] { from[++n] = $1; upto[n] = $2; at = 1; next }
    { while (at <= n && FNR > upto[at]) at++ }
    at <= n && from[at] != "" && FNR >= from[at] { print; next }
    { print >ENVIRON["GONE"] }' "$work/ranges" "$work/old" >"$work/kept"
  real() { find . ! -type d >"$work/real" && awk 'FILENAME == ARGV[1] { real[$0]; next } substr($0, 71) in real' "$work/real" "$1"; }
  if [ "$base" = "$to" ]; then
    if [ -s "$work/gone" ]; then
      real "$work/gone" >"$work/remove"
      [ ! -s "$work/remove" ] || paths <"$work/remove" | xargs -0 rm -f
      cut -c71- <"$work/remove" | sed 's,/[^/]*$,,' | sort -u | while IFS= read -r each; do rmdir -p "$each" 2>/dev/null || :; done
    fi
  elif [ -s "$work/kept" ]; then
    take() { (cd -- "$base" && paths <"$work/take" | FLAGS=$1 TO=$to xargs -0 sh -c 'exec cp $FLAGS "$@" "$TO"' sh) >/dev/null 2>"$work/said"; }
    : >"$work/said"
    ${
      link
        ? sh`(cd -- "$base" && real "$work/kept") >"$work/take"
    [ ! -s "$work/take" ] || take '-l --parents' || take "$copy" || :`
        : sh`cp -- "$work/kept" "$work/take"
    take "$copy" || :`
    }
    ! grep -q -e 'No space left' -e 'quota exceeded' "$work/said" || { cat -- "$work/said" >&2; exit 1; }
  fi
  for mode in $(cut -c1-3 <"$work/kept" | sort -u); do grep "^$mode " "$work/kept" | paths | xargs -0 chmod "$mode" 2>/dev/null || :; done
`

/** Runs while the stream is unpacked, which writes other files. */
const compareScript = sh`
  hashed() { if [ "$sums" = openssl ]; then xargs -0 openssl dgst -sha256 -r | sed 's/^\(.\{64\}\) \*/\1  /'; else xargs -0 sha256sum; fi; }
  compare() {
    [ -s "$work/kept" ] || return 0
    cut -c5- <"$work/kept" >"$work/want"
    paths <"$work/kept" | hashed >"$work/got" 2>/dev/null || :
    cmp -s "$work/want" "$work/got" || awk 'FILENAME == ARGV[1] { got[$0]; next } !($0 in got) { print substr($0, 67) }' "$work/got" "$work/want" >"$work/bad"
  }
`

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** The paths and names of one upload on the host. */
export function namesOf({ from, to, state, include, exclude, unchanged = 'copy' }: UploadRequest): HostScript {
  const id = `${String(Date.now()).padStart(14, '0')}-${randomBytes(4).toString('hex')}`
  return { to, state, unchanged, slot: shortHash(JSON.stringify([from, include, exclude])), id, place: shortHash(to) }
}
