import { sh, shellFunction } from '@dragonfab/core'

/**
 * `live`: the release that `current` leads to, by the real places of both, so that absolute and relative links and trees that are
 * reached through links are told alike. Nothing where it leads anywhere else, or nowhere.
 */
export const liveFunctions = shellFunction(
  'release_live',
  sh`
    to=$(cd -P -- "$current" 2>/dev/null && pwd -P) && root=$(cd -P -- "$releases" 2>/dev/null && pwd -P) || return 0
    to=\${to#"$root"/}; case $to in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) ;; *) printf '%s\n' "$to" ;; esac
  `,
)

/** The same for the journal, with `?` for anywhere else and `-` for no `current` at all. */
export const shown = shellFunction(
  'release_shown',
  sh`
    to=$(${liveFunctions}); if [ -n "$to" ]; then printf '%s\n' "$to"; elif [ -e "$current" ] || [ -L "$current" ]; then echo '?'; else echo -; fi
  `,
)
