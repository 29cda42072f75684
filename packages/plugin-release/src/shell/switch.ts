import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { cannotFunction } from './folders.ts'
import { noteFunction } from './journal.ts'
import { shown } from './live-release.ts'

/** `require_link`: ends the step unless `current` is a link, or absent. */
export const requireLinkFunction = shellFunction(
  'release_require_link',
  sh`[ ! -e "$current" ] || [ -L "$current" ] || { echo "$current is not a link" >&2; exit ${exitStatus.currentIsNoLink}; }`,
)

/**
 * `swap <link> <place>`: a rename that replaces a link to a directory instead of moving into it. GNU and busybox know `-T`, the BSDs
 * and macOS `-h`; where neither is known, perl calls rename(2). `ln -nfs` is no way: it unlinks first on busybox.
 * A link that leads nowhere may go first: nobody reads through it (busybox's mv fails on one that leads to itself).
 */
export const swapFunction = shellFunction(
  'release_swap',
  sh`
    why=$(mv -fT -- "$1" "$2" 2>&1) || mv -fh -- "$1" "$2" 2>/dev/null ||
      { [ ! -e "$2" ] && rm -f -- "$2" && mv -f -- "$1" "$2"; } ||
      perl -e 'exit !rename $ARGV[0], $ARGV[1]' "$1" "$2" 2>/dev/null || { printf '%s\n' "$why" >&2; return 1; }
  `,
)

/**
 * What every switch ends with, and what `recover` does after a kill: what `current` shows decides whether it happened. Where that cannot be
 * written, the intent stays for the next time.
 */
const settle = shellFunction(
  'release_settle',
  sh`
    if [ "$(${shown})" = "$to" ]; then
      case $spoilt in - | '?' | "$to") ;; *) : >"$DF_STATE/bad/$spoilt" ;; esac || return
      [ "$(tail -n 1 -- "$DF_STATE/journal" 2>/dev/null)" = "$at $verb $to $by" ] || ${noteFunction} "$at" "$verb" "$to" "$by" || return
    elif [ "$verb" = switch ] && [ -e "$DF_STATE/complete/$to" ]; then mv -f -- "$DF_STATE/complete/$to" "$DF_STATE/begun/$to" || return
    fi
    rm -f -- "$DF_STATE/switching"
  `,
)

/** `save <file> <line>…`: replaces a file whole, by a rename. */
export const saveFunction = shellFunction(
  'release_save',
  sh`file=$1; shift; printf '%s\n' "$@" >"$file.new" && mv -f -- "$file.new" "$file"`,
)

/**
 * `point <link text, or nothing> <verb> <release> <spoilt>`: makes `current` lead there, or removes it. Releases are told as `shown`
 * does; `spoilt` is the one that this makes bad, or `-`.
 * The intent is written before, journal and bad mark after, so that `recover` can tell after a kill which of them happened.
 * A release counts as complete (its mark moves) before anything can lead to it. On the way back (`putback`) a full disk keeps nothing from
 * leading `current` back.
 */
export const pointFunction = shellFunction(
  'release_point',
  sh`
    at=$(date +%s) verb=$2 to=$3 by=\${DF_RUN##*/} spoilt=$4
    ${saveFunction} "$DF_STATE/switching" "$at $verb $to $by $spoilt" || [ "$verb" = putback ] || ${cannotFunction} "$DF_STATE/switching"
    [ "$verb" != switch ] || [ ! -e "$DF_STATE/begun/$to" ] || mv -f -- "$DF_STATE/begun/$to" "$DF_STATE/complete/$to"
    rm -f -- "$fresh.$by"
    if [ -z "$1" ]; then rm -f -- "$current"
    else ln -s -- "$1" "$fresh.$by" && ${swapFunction} "$fresh.$by" "$current" || { rm -f -- "$fresh.$by"; false; }
    fi || exit ${exitStatus.cannotSwitch}
    ${settle} || [ "$verb" = putback ] || ${cannotFunction} "$DF_STATE/journal"
    sync -f "$DF_STATE" 2>/dev/null || sync
  `,
)

/** Finishes, or takes back, what a killed run left between its switch and its journal. */
export const recoverFunctions = shellFunction(
  'release_recover',
  sh`
    for link in "$fresh".*; do [ ! -L "$link" ] || rm -f -- "$link"; done
    [ ! -s "$DF_STATE/switching" ] || { read -r at verb to by spoilt <"$DF_STATE/switching"; ${settle}; }
  `,
)
