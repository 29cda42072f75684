import { sh, shellFunction } from '@dragonfab/core'
import { liveFunctions } from './live-release.ts'

/**
 * `adoptable`: what another tool (Capistrano, fapistrano, a person) made live and is unknown here, oldest first: the live release, and
 * at first contact (no journal) its predecessors that look whole. Those are of the same form of name, older by it, not empty, and
 * have a REVISION where the live one has. What is newer than the live one failed there or was rolled back, and is left alone.
 * Read-only.
 */
export const adoptableFunction = shellFunction(
  'release_adoptable',
  sh`
    id=$(${liveFunctions}) form= six='[0-9][0-9][0-9][0-9][0-9][0-9]'
    [ -n "$id" ] && [ ! -e "$DF_STATE/complete/$id" ] || return 0
    case $id in $six-$six) form=$six-$six ;; $six$six[0-9][0-9]) form=$six$six[0-9][0-9] ;; esac
    [ -z "$form" ] || [ -e "$DF_STATE/journal" ] || for each in "$releases"/$form; do
      [ "$each" != "$releases/$id" ] || break
      [ -d "$each" ] && [ ! -L "$each" ] && [ -n "$(ls -A -- "$each" 2>/dev/null)" ] || continue
      [ ! -e "$releases/$id/REVISION" ] || [ -e "$each/REVISION" ] || continue
      printf '%s\n' "\${each##*/}"
    done
    printf '%s\n' "$id"
  `,
)

/** `adopt`: gives them complete marks and their place in the journal, which is replaced whole. */
export const adoptFunction = shellFunction(
  'release_adopt',
  sh`
    found=$(${adoptableFunction}) at=$(date +%s)
    [ -n "$found" ] || return 0
    { cat -- "$DF_STATE/journal" 2>/dev/null || :; for each in $found; do printf '%s adopt %s %s\n' "$at" "$each" "\${DF_RUN##*/}"; done; } >"$DF_STATE/journal.new"
    for each in $found; do : >"$DF_STATE/complete/$each"; done
    mv -f -- "$DF_STATE/journal.new" "$DF_STATE/journal"; echo adopted: $found
  `,
)
