import { type Fragment, isSecret, sh, shellFunction } from '@dragonfab/core'
import { type Check, type CommandCheck, expectationOf, type HttpCheck, nameOf, type TcpCheck } from '../check.ts'
import { exitStatus } from '../exit-statuses.ts'

/** `limit <program>`: runs it no longer than a try may take, if the host has `timeout`. */
const limit = shellFunction('healthcheck_limit', sh`if command -v timeout >/dev/null; then timeout "$timeout" "$@"; else "$@"; fi`)

/** `short <text>`: prints its first 200 characters on one line. */
const short = shellFunction('healthcheck_short', sh`printf '%s' "$1" | tr -s '\000-\040\177' ' ' | cut -c 1-200`)

/** The header lines of the request. They are on stdin of the program, so that a secret in them is on no command line. */
const headers = shellFunction('healthcheck_headers', sh`[ -z "$headers" ] || printf '%s\n' "$headers"`)

const askByCurl = shellFunction(
  'healthcheck_by_curl',
  sh`
    ${headers} | sed 's/[\\"]/\\&/g; s/.*/header = "&"/' |
      curl -q -sS -i --noproxy '*' --max-time "$timeout" \${insecure:+-k} -K - -- "$url" 2>&1
  `,
)

const askByPython = shellFunction(
  'healthcheck_by_python',
  sh`
  ${headers} | ${limit} python3 -c '
  import http.client, ssl, sys
  from urllib.parse import urlsplit
  url, seconds, insecure = urlsplit(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
  headers = dict(line.rstrip("\n").split(": ", 1) for line in sys.stdin if ": " in line)
  try:
      if url.scheme == "https":
          context = ssl._create_unverified_context() if insecure else ssl.create_default_context()
          connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=seconds, context=context)
      else:
          connection = http.client.HTTPConnection(url.hostname, url.port, timeout=seconds)
      connection.request("GET", (url.path or "/") + ("?" + url.query if url.query else ""), headers=headers)
      response = connection.getresponse()
      sys.stdout.buffer.write(b"HTTP/1.1 %d\n\n" % response.status + response.read(65536))
  except Exception as error:
      print(error or type(error).__name__)
      sys.exit(1)
  ' "$url" "$timeout" "$insecure" 2>&1
  `,
)

/** wget reads headers from a file, which only this user can read. */
const askByWget = shellFunction(
  'healthcheck_by_wget',
  sh`(
    umask 077
    config=$(mktemp) || exit
    trap 'rm -f -- "$config" "$config.log"' EXIT
    ${headers} | sed 's/^/header = /' >"$config"
    ${limit} wget --config="$config" -nv --no-proxy --tries=1 --timeout="$timeout" --max-redirect=0 --content-on-error --save-headers \
      \${insecure:+--no-check-certificate} -O - -- "$url" 2>"$config.log" || [ $? = 8 ] || cat -- "$config.log"
  )`,
)

/**
 * `fetch`: prints the status line, headers, an empty line and the body, with a program that the host has. It uses no proxy, because the
 * address is nearly always the host itself.
 */
const fetch = shellFunction(
  'healthcheck_fetch',
  sh`
    if command -v curl >/dev/null; then ${askByCurl}
    elif command -v python3 >/dev/null; then ${askByPython}
    else ${askByWget}
    fi | head -c 70000 | tr -d '\000\r'
  `,
)

/** `wrong`: fails, and sets `$result` to what the answer should have been. */
const wrong = shellFunction(
  'healthcheck_wrong',
  sh`result="$url should answer $expected, but answered $code: $(${short} "$body")"; return 1`,
)

/** `answer`: requests the address, and sets `$code`, `$body` and `$result`. */
const answer = shellFunction(
  'healthcheck_answer',
  sh`
    newline='
    '
    answer=$(${fetch})
    case $answer in
      HTTP/*) ;;
      *) result="$url should answer $expected, but did not: $(${short} "$answer")"; return 1 ;;
    esac
    code=\${answer#* }
    code=\${code%%[!0-9]*}
    case $answer in *"$newline$newline"*) body=\${answer#*"$newline$newline"} ;; *) body= ;; esac
    result="$url answered $code"
  `,
)

/** It must be GNU wget: that of busybox prints neither the status nor the body of an error. */
const httpTool = sh`
  command -v curl >/dev/null || command -v python3 >/dev/null || wget --help 2>&1 | grep -q content-on-error ||
    { echo 'a health check over HTTP needs curl, python3 or GNU wget, and none is installed' >&2; exit ${exitStatus.noTool}; }
`
const tcpTool = sh`
  command -v python3 >/dev/null || command -v bash >/dev/null ||
    { echo 'a health check of a port needs python3 or bash, and neither is installed' >&2; exit ${exitStatus.noTool}; }
`

/** Shell text that fails unless the host has a program that this kind of check needs. */
export function toolFor(kind: Check['kind']): Fragment | undefined {
  return kind === 'http' ? httpTool : kind === 'tcp' ? tcpTool : undefined
}

/** The beginning of the steps of a check, and one try, which sets `$result` to the result. */
export function tryScripts(check: Check, currentPath: string): { readonly begin: Fragment; readonly attempt: Fragment } {
  const { begin, attempt } = check.kind === 'http' ? http(check) : check.kind === 'tcp' ? tcp(check) : command(check, currentPath)
  return { begin: sh.join([toolFor(check.kind), begin]), attempt }
}

function http(check: HttpCheck) {
  const lines = Object.entries(check.headers).map(([name, value]) =>
    isSecret(value) ? sh`${`${name}: `}${value}` : sh`${`${name}: ${value}`}`,
  )
  const statuses = check.status.map((each) => each.replace('xx', '??')).join(' | ')
  const { contains, matches } = check
  const tests = [
    sh`case $code in ${sh.raw(statuses)}) ;; *) ${wrong} ;; esac`,
    contains !== undefined && sh`case $body in *${contains}*) ;; *) ${wrong} ;; esac`,
    matches !== undefined && sh`{ printf '%s\n' "$body" | grep -Eq -e ${matches} || ${wrong}; }`,
  ]
  return {
    begin: sh`
      url=${check.url} insecure=${check.insecure ? 'yes' : ''} expected=${expectationOf(check)}
      headers=${lines.length > 0 ? sh`$(printf '%s\n' ${lines})` : ''}
    `,
    attempt: sh.join([answer, ...tests], ' && '),
  }
}

const knock = shellFunction(
  'healthcheck_knock',
  sh`
  if command -v python3 >/dev/null; then
    python3 -c '
  import socket, sys
  try:
      socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3])).close()
  except OSError as error:
      sys.exit(str(error))
  ' "$address" "$port" "$timeout"
  else ${limit} bash -c ': </dev/tcp/"$1"/"$2"' bash "$address" "$port"
  fi
  `,
)

const tryPort = shellFunction(
  'healthcheck_try_port',
  sh`
    if error=$(${knock} 2>&1); then result="$name accepts connections"; return 0; fi
    result="$name should accept connections, but does not: $(${short} "$error")"
    return 1
  `,
)

function tcp(check: TcpCheck) {
  return { begin: sh`address=${check.address} port=${check.port} name=${nameOf(check)}`, attempt: tryPort }
}

const tryCommand = shellFunction(
  'healthcheck_try_command',
  sh`
    status=0
    output=$({ cd -- "$current" && ${limit} sh -c "$command"; } 2>&1) || status=$?
    if [ "$status" = 0 ]; then result="$command succeeded"; return 0; fi
    result="$command should exit with status 0, but exited with $status: $(${short} "$output")"
    return 1
  `,
)

function command(check: CommandCheck, currentPath: string) {
  return { begin: sh`command=${check.command} current=${currentPath}`, attempt: tryCommand }
}
