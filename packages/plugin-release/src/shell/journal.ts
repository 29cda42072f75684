import { sh, shellFunction } from '@dragonfab/core'

/**
 * `$DF_STATE/journal` tells what was live, in order: `epoch switch|adopt|rollback|putback <release> <run>`.
 * Order is never taken from names or times of directories: clocks go back, and anything touches an mtime.
 *
 * `known` sets `all`: the complete releases that have been live and are still here, newest first; and `bad`, those of them that are.
 * What a killed run was about to leave counts as bad already, since its mark may be missing (`recover` makes it).
 * `sed` reads the file, because `read` in a loop costs a system call per byte.
 */
export const knownFunction = shellFunction(
  'release_known',
  sh`
    all= bad= spoilt=
    [ ! -s "$DF_STATE/switching" ] || read -r at verb to by spoilt <"$DF_STATE/switching" || :
    for each in $(sed -n -e 's/^[^ ]* adopt /- switch /' -e 's/^[^ ]* switch \([A-Za-z0-9][A-Za-z0-9._-]*\) [^ ]*$/\1/p' "$DF_STATE/journal" 2>/dev/null); do
      [ -e "$DF_STATE/complete/$each" ] && [ -d "$releases/$each" ] && [ ! -L "$releases/$each" ] || continue
      all="$each $all"
      if [ -e "$DF_STATE/bad/$each" ] || [ "$each" = "$spoilt" ]; then bad="$each $bad"; fi
    done
  `,
)

/** `note <epoch> <verb> <release> <run>`: a line for the journal; one that a full disk cut off before is closed first. */
export const noteFunction = shellFunction(
  'release_note',
  sh`
    { [ ! -s "$DF_STATE/journal" ] || [ -z "$(tail -c 1 -- "$DF_STATE/journal")" ] || echo >>"$DF_STATE/journal"; } && printf '%s %s %s %s\n' "$@" >>"$DF_STATE/journal"
  `,
)
