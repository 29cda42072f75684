import { type Fragment, sh } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { DownloadRequest, Packing } from '../request.ts'
import { beginFetch, fetch, get } from './fetch.ts'
import { buildKindCheck } from './kind-check.ts'
import { die, hasHash, requireTools, sha256 } from './tools.ts'

/** Downloads into "$DF_RUN/curl.file", which only this user may read, and checks it there: size, kind, SHA-256. */
export function buildDownload(
  request: DownloadRequest,
  what: { readonly packing: Packing; readonly output: string | undefined; readonly sha256: string | undefined },
): Fragment {
  return sh`
    umask 077
    ${requireTools(what.packing, what.sha256 !== undefined)}
    ${beginFetch(request)}
    rm -f -- "$DF_RUN/curl.file" "$DF_RUN/curl.revision"
    ${get} "$DF_RUN/curl.file"
    [ -e "$DF_RUN/curl.file" ] || : >"$DF_RUN/curl.file"
    hash=
    if ${hasHash}; then hash=$(${sha256} "$DF_RUN/curl.file"); fi
    ${what.sha256 === undefined ? sh`:` : sh`[ "$hash" = ${what.sha256.toLowerCase()} ] || ${die} ${exitStatus.checksum} "$source has the SHA-256 $hash, not "${what.sha256.toLowerCase()}`}
    ${buildKindCheck(what.packing, what.output)}
    printf '%s\n' "$source\${hash:+ sha256:$hash}" >"$DF_RUN/curl.revision"
    echo "$(wc -c <"$DF_RUN/curl.file" | tr -d ' ') bytes\${hash:+, sha256:$hash}"
  `
}

/** For `check`: the programs, and whether the server has the file. It requests the first byte, because many servers do not support HEAD. */
export function buildProbe(request: DownloadRequest, what: { readonly packing: Packing; readonly sha256: boolean }): Fragment {
  return sh`
    DF_RUN=\${DF_RUN:-/tmp}
    ${requireTools(what.packing, what.sha256)}
    ${beginFetch({ ...request, retries: 0 }, [
      { name: 'range', value: '0-0', firstServerOnly: false },
      { name: 'max-time', value: String(request.timeout), firstServerOnly: false },
    ])}
    ${fetch} /dev/null || {
      # A server that does not support ranges sends all of it, and a file may be empty.
      case $code in 200|206|416) exit 0 ;; esac
      ${die} "$problem" "$why"
    }
  `
}
