import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { failWrite } from './folders.ts'
import { noteFunction } from './journal.ts'
import { describeCurrent } from './live-release.ts'

/** `require_link`: ends the step unless `current` is a link, or absent. */
export const requireLinkFunction = shellFunction(
  'release_require_link',
  sh`[ ! -e "$current" ] || [ -L "$current" ] || { echo "$current is not a link" >&2; exit ${exitStatus.currentIsNoLink}; }`,
)

/**
 * `swap <link> <place>`: a rename that replaces a link to a directory instead of moving into it. GNU and busybox have `-T`, the BSDs and macOS
 * `-h`; otherwise perl calls rename(2). `ln -nfs` is not an option: on busybox it unlinks first. A dangling link may be removed first, because
 * nobody reads through it (busybox's mv fails on a link to itself).
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
 * `settle`: finishes a switch, also one that a killed run began. The target of `current` shows whether it happened. If the result cannot be
 * written, the note of the switch is kept for the next time.
 */
const settle = shellFunction(
  'release_settle',
  sh`
    if [ "$(${describeCurrent})" = "$to" ]; then
      case $spoilt in - | '?' | "$to") ;; *) : >"$DF_STATE/bad/$spoilt" ;; esac || return
      [ "$(tail -n 1 -- "$DF_STATE/journal" 2>/dev/null)" = "$at $verb $to $by" ] || ${noteFunction} "$at" "$verb" "$to" "$by" || return
    elif [ "$verb" = switch ] && [ -e "$DF_STATE/complete/$to" ]; then mv -f -- "$DF_STATE/complete/$to" "$DF_STATE/begun/$to" || return
    fi
    rm -f -- "$DF_STATE/switching"
  `,
)

/** `save <file> <line>…`: replaces a file by a rename, so that nobody reads half of it. */
export const saveFunction = shellFunction(
  'release_save',
  sh`file=$1; shift; printf '%s\n' "$@" >"$file.new" && mv -f -- "$file.new" "$file"`,
)

/**
 * `point <link text, or nothing> <verb> <release> <spoilt>`: points `current` there, or removes it. Releases are written as `describe_current` prints
 * them; `spoilt` is the release that becomes bad, or `-`.
 * The intent is written before the switch, the journal and the bad mark after it, so that `recover` can find out what happened if the run is
 * killed. A release is marked complete before anything can point to it. While undoing (`undo`), `current` is switched even if a full disk
 * keeps the journal from being written.
 */
export const pointFunction = shellFunction(
  'release_point',
  sh`
    at=$(date +%s) verb=$2 to=$3 by=\${DF_RUN##*/} spoilt=$4
    ${saveFunction} "$DF_STATE/switching" "$at $verb $to $by $spoilt" || [ "$verb" = undo ] || ${failWrite} "$DF_STATE/switching"
    [ "$verb" != switch ] || [ ! -e "$DF_STATE/begun/$to" ] || mv -f -- "$DF_STATE/begun/$to" "$DF_STATE/complete/$to"
    rm -f -- "$fresh.$by"
    if [ -z "$1" ]; then rm -f -- "$current"
    else ln -s -- "$1" "$fresh.$by" && ${swapFunction} "$fresh.$by" "$current" || { rm -f -- "$fresh.$by"; false; }
    fi || exit ${exitStatus.cannotSwitch}
    ${settle} || [ "$verb" = undo ] || ${failWrite} "$DF_STATE/journal"
    sync -f "$DF_STATE" 2>/dev/null || sync
  `,
)

/** `recover`: settles the switch of a run that was killed before it wrote the journal. */
export const recoverFunctions = shellFunction(
  'release_recover',
  sh`
    for link in "$fresh".*; do [ ! -L "$link" ] || rm -f -- "$link"; done
    [ ! -s "$DF_STATE/switching" ] || { read -r at verb to by spoilt <"$DF_STATE/switching"; ${settle}; }
  `,
)
