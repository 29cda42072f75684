import { sh, shellFunction } from '@dragonfab/core'
import { findLive } from './live-release.ts'

/**
 * `list_adoptable`: prints the releases that another tool (Capistrano, fapistrano, a person) made live and that the journal does not know, oldest
 * first: the live release, and at first contact (no journal) earlier ones that look complete. Their names have the same form and are older, they
 * are not empty, and they have a REVISION if the live one has. What is newer than the live release failed or was rolled back, so it is ignored.
 * Read-only.
 */
export const listAdoptable = shellFunction(
  'release_list_adoptable',
  sh`
    id=$(${findLive}) form= six='[0-9][0-9][0-9][0-9][0-9][0-9]'
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

/** `adopt`: marks them complete and adds them to the journal, which is replaced as a whole. */
export const adoptFunction = shellFunction(
  'release_adopt',
  sh`
    found=$(${listAdoptable}) at=$(date +%s)
    [ -n "$found" ] || return 0
    { cat -- "$DF_STATE/journal" 2>/dev/null || :; for each in $found; do printf '%s adopt %s %s\n' "$at" "$each" "\${DF_RUN##*/}"; done; } >"$DF_STATE/journal.new"
    for each in $found; do : >"$DF_STATE/complete/$each"; done
    mv -f -- "$DF_STATE/journal.new" "$DF_STATE/journal"; echo adopted: $found
  `,
)
