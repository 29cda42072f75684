import { deriveSecret, type Fragment, isSecret, sh, shellFunction } from '@dragonfab/core'
import { printOptions } from '../curlrc/config-text.ts'
import type { CurlOption } from '../curlrc/parse-options.ts'
import { exitStatus } from '../exit-statuses.ts'
import type { DownloadRequest } from '../request.ts'
import { die, failWrite } from './tools.ts'

const createOption = (name: string, value?: string): CurlOption => ({ name, value, firstServerOnly: false })

/** Options of every request. curl does not follow redirects itself, because it would send headers such as PRIVATE-TOKEN to any server. */
function commonOptions({ timeout }: DownloadRequest): readonly CurlOption[] {
  return [
    createOption('silent'),
    createOption('show-error'),
    createOption('globoff'),
    createOption('connect-timeout', '30'),
    createOption('speed-limit', '1'),
    createOption('speed-time', String(timeout)),
  ]
}

/** Options after the user's, so that neither an option nor ~/.curlrc overrides them. */
const finalOptions: readonly CurlOption[] = [
  createOption('fail'),
  createOption('no-location'),
  createOption('no-include'),
  createOption('write-out', '\\nCODE %{http_code}\\nNEXT %{redirect_url}\\nTYPE %{content_type}\\n'),
]

/** `server <address>`: prints its scheme://host[:port], for comparing. */
const server = shellFunction(
  'curl_server',
  sh`
    s=\${1#*://} s=\${s%%[/?#]*} s=\${s##*@}
    case $1 in https://*) s=\${s%:443} ;; http://*) s=\${s%:80} ;; esac
    printf '%s://%s' "\${1%%://*}" "$s" | tr '[:upper:]' '[:lower:]'
  `,
)

/** `ask <file> <address>`: sets $answer, $code, $next, $type and $message; the address is empty for the first. */
const ask = shellFunction(
  'curl_ask',
  sh`
    answer=$({
      printf '%s\n' "$options"
      if [ -z "$2" ] || [ "$(${server} "$2")" = "$home" ]; then printf '%s\n' "$first_options"; fi
      printf '%s\noutput = "%s"\n' "$last_options" "$1"
      if [ -z "$2" ]; then printf '%s\n' "$first_url"; else printf 'url = "%s"\n' "$2"; fi
    } | LC_ALL=C curl -K - 2>&1) && rc=0 || rc=$?
    code=$(printf '%s\n' "$answer" | sed -n 's/^CODE //p' | tail -n 1)
    next=$(printf '%s\n' "$answer" | sed -n 's/^NEXT //p' | tail -n 1)
    type=$(printf '%s\n' "$answer" | sed -n 's/^TYPE //p' | tail -n 1)
    message=$(printf '%s\n' "$answer" | sed -n 's/^curl: //p' | tail -n 1)
    printf '%s\n' "$answer" | sed '/^CODE /d; /^NEXT /d; /^TYPE /d; /^curl: /d; /^$/d' >&2
  `,
)

/** `fetch <file>`: as `get`, but only once; sets $problem and $why, and $retry if another try may help. */
export const fetch = shellFunction(
  'curl_fetch',
  sh`
    at= hops=0 where=$source problem= retry=
    while :; do
      ${ask} "$1" "$at"
      [ -n "$next" ] && [ "$rc" -eq 0 ] || break
      hops=$((hops + 1))
      [ "$hops" -le 10 ] || { problem=${exitStatus.redirect} why="$source redirects more than 10 times"; return 1; }
      case $next in
        *[\"\\]*|*' '*) problem=${exitStatus.redirect} why="$where redirects to something that is not an address"; return 1 ;;
        https://*) ;;
        http://*) case \${at:-$home} in https://*) problem=${exitStatus.redirect} why="$where redirects from https to $(${server} "$next")"; return 1 ;; esac ;;
        *) problem=${exitStatus.redirect} why="$where redirects to \${next%%:*}, which is neither http nor https"; return 1 ;;
      esac
      at=$next where="$source (redirected to $(${server} "$next"))"
    done
    case $rc in
      0) case $code in 3??) problem=${exitStatus.redirect} why="$where: the server answered $code without an address"; return 1 ;; esac; return 0 ;;
      22)
        why="$where: the server answered $code"
        case $code in
          401|403|407) problem=${exitStatus.denied} ;;
          404|410) problem=${exitStatus.notFound} ;;
          408|429|5??) problem=${exitStatus.server} retry=yes ;;
          *) problem=${exitStatus.server} ;;
        esac
        ;;
      *)
        why="$where: \${message:-curl ended with status $rc}"
        case $rc in
          5|6|7) problem=${exitStatus.unreachable} retry=yes ;;
          28) case $message in *esolving*|*onnect*timed*|*onnection\ timeout*) problem=${exitStatus.unreachable} ;; *) problem=${exitStatus.cut} ;; esac; retry=yes ;;
          16|18|52|55|56|92) problem=${exitStatus.cut} retry=yes ;;
          35|51|53|54|58|59|60|64|66|77|80|82|83|90|91) problem=${exitStatus.tls} ;;
          9|67) problem=${exitStatus.denied} ;;
          19|37|78) problem=${exitStatus.notFound} ;;
          23) ${failWrite} "$DF_RUN" ;;
          *) problem=${exitStatus.failed} ;;
        esac
        ;;
    esac
    return 1
  `,
)

/** `get <file>`: downloads into a file of "$DF_RUN" (or /dev/null), retries temporary failures, and sets $type; ends the step if it fails. */
export const get = shellFunction(
  'curl_get',
  sh`
    tries=0 pause=1
    while ! ${fetch} "$1"; do
      tries=$((tries + 1))
      [ -n "$retry" ] && [ "$tries" -le "$retries" ] || ${die} "$problem" "$why"
      echo "$why; trying again ($tries of $retries)"
      sleep "$pause"
      [ "$pause" -ge 8 ] || pause=$((pause * 2))
    done
  `,
)

/**
 * The beginning of a script with `fetch` and `get`. Everything reaches curl through its standard input: its command line is `curl -K -`.
 */
export function beginFetch(request: DownloadRequest, more: readonly CurlOption[] = []): Fragment {
  const url = isSecret(request.url)
    ? deriveSecret(request.url, 'curl.signedUrl as written', (text) => `url = "${text.replace(/[\\"]/g, '\\$&')}"`)
    : undefined
  const firstUrl = url ? sh`: ${request.url}; printf '%s\n' ${url}` : printOptions([createOption('url', String(request.url))])
  return sh`
    options=$(${printOptions([...commonOptions(request), ...request.sharedOptions])})
    first_options=$(${printOptions(request.firstServerOnly)})
    last_options=$(${printOptions([...finalOptions, ...more])})
    first_url=$(${firstUrl})
    home=$(printf '%s\n' "$first_url" | sed -n 's/^url = "\(.*\)"$/\1/p')
    home=$(${server} "$home")
    source=${request.displayUrl ?? sh`$home`} retries=${request.retries}
  `
}
