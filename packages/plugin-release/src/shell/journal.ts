import { sh, shellFunction } from '@dragonfab/core'

/**
 * `$DF_STATE/journal` lists what was live, in order: `epoch switch|adopt|rollback|undo <release> <run>`. Names and times of directories
 * are never used for the order: clocks go back, and many things change an mtime.
 *
 * `read_journal` sets `$all` to the complete releases that were live and still exist, newest first, and `$bad` to those of them that are bad. The
 * release that a killed run was about to leave counts as bad too, since its mark may be missing (`recover` makes it).
 * `sed` reads the file, because `read` in a loop costs a system call per byte.
 */
export const readJournal = shellFunction(
  'release_read_journal',
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

/** `note <epoch> <verb> <release> <run>`: adds a line to the journal. First it ends a line that a full disk cut off. */
export const noteFunction = shellFunction(
  'release_note',
  sh`
    { [ ! -s "$DF_STATE/journal" ] || [ -z "$(tail -c 1 -- "$DF_STATE/journal")" ] || echo >>"$DF_STATE/journal"; } && printf '%s %s %s %s\n' "$@" >>"$DF_STATE/journal"
  `,
)
