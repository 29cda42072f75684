import { type Fragment, sh } from '@dragonfab/core'
import { full } from './die-functions.ts'

/** What `status` shows: the address and the hash, unless the archive, or another plugin, says what it is. */
export function writeRevision(release: string): Fragment {
  return sh`
    file=${`${release}/REVISION`}
    if [ -e "$file" ] || [ -L "$file" ]; then exit 0; fi
    { cat -- "$DF_RUN/curl.revision" >"$file"; } 2>/dev/null || ${full} ${release}
  `
}
