import { sh, shellFunction } from '@dragonfab/core'

/**
 * `find_live`: prints the release that `current` points to. It compares real paths, so that absolute links, relative links and trees behind links
 * give the same answer. Prints nothing if `current` points to anything else.
 */
export const findLive = shellFunction(
  'release_find_live',
  sh`
    to=$(cd -P -- "$current" 2>/dev/null && pwd -P) && root=$(cd -P -- "$releases" 2>/dev/null && pwd -P) || return 0
    to=\${to#"$root"/}; case $to in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) ;; *) printf '%s\n' "$to" ;; esac
  `,
)

/** The same for the journal: `?` if `current` points to anything else, `-` if there is no `current`. */
export const describeCurrent = shellFunction(
  'release_describe_current',
  sh`
    to=$(${findLive}); if [ -n "$to" ]; then printf '%s\n' "$to"; elif [ -e "$current" ] || [ -L "$current" ]; then echo '?'; else echo -; fi
  `,
)
