import { sh } from '@dragonfab/core'
import { guard } from '../guards.ts'

/**
 * `swap <link> <place>`: a rename that replaces a link to a directory instead of moving into it. GNU and busybox know `-T`, the BSDs
 * and macOS `-h`; where neither is known, perl calls rename(2). `ln -nfs` is no way: it unlinks first on busybox.
 * A link that leads nowhere may go first: nobody reads through it (busybox's mv fails on one that leads to itself).
 */
export const swap = sh`
  swap() {
    why=$(mv -fT -- "$1" "$2" 2>&1) && return 0
    mv -fh -- "$1" "$2" 2>/dev/null && return 0
    [ -e "$2" ] || { rm -f -- "$2" && mv -f -- "$1" "$2" && return 0; }
    perl -e 'exit !rename $ARGV[0], $ARGV[1]' "$1" "$2" 2>/dev/null && return 0
    printf '%s\n' "$why" >&2
    return 1
  }
`

/**
 * `point <link text, or nothing> <verb> <release> <spoilt>`: makes `current` lead there, or removes it. Releases are told as `shown`
 * does; `spoilt` is the one that this makes bad, or `-`.
 * The intent is written before, journal and bad mark after, so that `recover` can tell after a kill which of them happened.
 * A release counts as complete (its mark moves) before anything can lead to it.
 */
export const point = sh`
  point() {
    run=\${RUN##*/}
    at=$(date +%s)
    printf '%s %s %s %s %s\n' "$at" "$2" "$3" "$run" "$4" >"$STATE/switching.new"
    mv -f -- "$STATE/switching.new" "$STATE/switching"
    [ "$2" != switch ] || [ ! -e "$STATE/begun/$3" ] || mv -f -- "$STATE/begun/$3" "$STATE/complete/$3"
    if [ -n "$1" ]; then
      rm -f -- "$fresh.$run"
      ln -s -- "$1" "$fresh.$run"
      swap "$fresh.$run" "$current" || { rm -f -- "$fresh.$run"; exit ${guard.cannotSwitch}; }
    else
      rm -f -- "$current"
    fi
    settle
  }
`

/**
 * `recover`: finishes, or takes back, what a killed run left between its switch and its journal. `settle` is its second half, which
 * every switch ends with: what `current` shows decides.
 * Needs `live` (with `shown`) and `note`.
 */
export const recover = sh`
  settle() {
    read -r at verb to by spoilt <"$STATE/switching"
    if [ "$(shown)" = "$to" ]; then
      [ "$(tail -n 1 -- "$STATE/journal" 2>/dev/null)" = "$at $verb $to $by" ] || note "$at" "$verb" "$to" "$by"
      case $spoilt in - | '?' | "$to") ;; *) : >"$STATE/bad/$spoilt" ;; esac
    elif [ "$verb" = switch ] && [ -e "$STATE/complete/$to" ]; then
      mv -f -- "$STATE/complete/$to" "$STATE/begun/$to"
    fi
    rm -f -- "$STATE/switching"
  }
  recover() {
    for link in "$fresh".*; do [ ! -L "$link" ] || rm -f -- "$link"; done
    [ ! -s "$STATE/switching" ] || settle
  }
`
