import { sh, shellFunction } from '@dragonfab/core'
import { findLive } from './live-release.ts'

/**
 * `list_adoptable`: prints the releases that another tool (Capistrano, fapistrano) or a person made live and that are not in the journal, oldest
 * first: the live release, and if there is no journal yet, earlier ones that look complete. Such a release has an older name of the same form, is
 * not empty, and has a REVISION if the live one has. A release that is newer than the live one failed or was rolled back, so it is ignored.
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
    names=$(${listAdoptable}) at=$(date +%s)
    [ -n "$names" ] || return 0
    { cat -- "$DF_STATE/journal" 2>/dev/null || :; for each in $names; do printf '%s adopt %s %s\n' "$at" "$each" "\${DF_RUN##*/}"; done; } >"$DF_STATE/journal.new"
    for each in $names; do : >"$DF_STATE/complete/$each"; done
    mv -f -- "$DF_STATE/journal.new" "$DF_STATE/journal"; echo adopted: $names
  `,
)
