import { type Fragment, sh } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { die, failWrite } from './tools.ts'

/** Moves "$DF_RUN/curl.file" into the release under its name and with the mode of a new file, never through a link that leads out. */
export function placeFile(release: string, output: string): Fragment {
  return sh`
    release=${release} file=${`${release}/${output}`}
    [ -d "\${file%/*}" ] || message=$(mkdir -p -- "\${file%/*}" 2>&1) || ${die} ${exitStatus.output} "$message"
    real_release=$(cd -P -- "$release" && pwd -P)
    case $(cd -P -- "\${file%/*}" && pwd -P)/ in "$real_release"/*) ;; *) ${die} ${exitStatus.output} "$file would be outside the release, because a link leads there" ;; esac
    [ ! -d "$file" ] || ${die} ${exitStatus.output} "$file is a directory"
    chmod =rw "$DF_RUN/curl.file"
    mv -f -- "$DF_RUN/curl.file" "$file" || ${failWrite} "$release"
  `
}

/** Writes the address and the hash, which `status` shows, unless the archive or another plugin has written REVISION. */
export function writeRevision(release: string): Fragment {
  return sh`
    file=${`${release}/REVISION`}
    if [ -e "$file" ] || [ -L "$file" ]; then exit 0; fi
    { cat -- "$DF_RUN/curl.revision" >"$file"; } 2>/dev/null || ${failWrite} ${release}
  `
}
