import { type Fragment, sh } from '@dragonfab/core'
import { statuses } from '../outcomes.ts'
import type { Packing, Request } from '../request.ts'
import { fetchFunctions } from './fetch.ts'
import { lookAt } from './look-at.ts'
import { needTools } from './tools.ts'

/** Downloads into "$RUN/curl.file", which only this user may read, and checks it there: size, kind, SHA-256. */
export function download(
  request: Request,
  what: { readonly packing: Packing; readonly output: string | undefined; readonly sha256: string | undefined },
): Fragment {
  return sh`
    umask 077
    ${needTools(what.packing, what.sha256 !== undefined)}
    ${fetchFunctions(request)}
    rm -f -- "$RUN/curl.file" "$RUN/curl.sha256"
    get "$RUN/curl.file"
    [ -e "$RUN/curl.file" ] || : >"$RUN/curl.file"
    hash=
    if hashes; then hash=$(sha256 "$RUN/curl.file"); fi
    ${what.sha256 === undefined ? sh`:` : sh`[ "$hash" = ${what.sha256.toLowerCase()} ] || die ${statuses.checksum} "$shown has the SHA-256 $hash, not "${what.sha256.toLowerCase()}`}
    ${lookAt(what.packing, what.output)}
    printf '%s\n' "$hash" >"$RUN/curl.sha256"
    echo "$(wc -c <"$RUN/curl.file" | tr -d ' ') bytes\${hash:+, sha256:$hash}"
  `
}

/** For `check`: the programs, and whether the server would give it out. Its first byte is asked for, for many servers know no HEAD. */
export function probe(request: Request, what: { readonly packing: Packing; readonly sha256: boolean }): Fragment {
  return sh`
    RUN=\${RUN:-/tmp}
    ${needTools(what.packing, what.sha256)}
    ${fetchFunctions({ ...request, retries: 0 }, [
      { name: 'range', value: '0-0', first: false },
      { name: 'max-time', value: String(request.timeout), first: false },
    ])}
    fetch /dev/null || {
      # A server that knows no ranges sends all of it, and a file may be empty.
      case $code in 200|206|416) exit 0 ;; esac
      die "$problem" "$why"
    }
  `
}
