import { exitStatuses } from '@dragonfab/core'

/** How the steps of this plugin may fail. `$OUTPUT` is the last line that a step printed. */
export const { exitStatus, failures } = exitStatuses({
  noTool: {
    status: 64,
    code: 'CURL_TOOL_MISSING',
    message: '$OUTPUT',
    remedy: 'install it on the host (apt install curl …), or ship with `upload` from this machine, which only needs tar',
  },
  notFound: { status: 65, code: 'CURL_NOT_FOUND', message: '$OUTPUT', remedy: 'correct curl.url, or publish that version' },
  denied: {
    status: 66,
    code: 'CURL_DENIED',
    message: '$OUTPUT',
    remedy: "set curl.user (user:password, better secret.env('…')) or curl.headers, and check that this user may read it",
  },
  server: { status: 67, code: 'CURL_SERVER', message: '$OUTPUT', remedy: 'check the server’s log; nothing live was changed' },
  unreachable: {
    status: 68,
    code: 'CURL_UNREACHABLE',
    message: '$OUTPUT',
    remedy: 'check the name, and whether that host can reach the server; set curl.proxy if it needs a proxy',
  },
  cut: {
    status: 69,
    code: 'CURL_CUT',
    message: '$OUTPUT',
    remedy: 'deploy again, or raise curl.timeout or curl.retries; nothing live was changed',
  },
  tls: {
    status: 70,
    code: 'CURL_TLS',
    message: '$OUTPUT',
    remedy: 'give the server a valid certificate, or make its authority known on that host (ca-certificates, or --cacert in curl.options)',
  },
  redirect: { status: 71, code: 'CURL_REDIRECT', message: '$OUTPUT', remedy: 'set curl.url to the new address if it is correct' },
  checksum: {
    status: 72,
    code: 'CURL_CHECKSUM',
    message: '$OUTPUT',
    remedy: 'find out why it differs: another build under the same name, or tampering; nothing was unpacked',
  },
  html: {
    status: 73,
    code: 'CURL_HTML',
    message: '$OUTPUT',
    remedy: 'open the address in a browser: if it is a login page, set curl.user or curl.headers',
  },
  notPacked: {
    status: 74,
    code: 'CURL_ARCHIVE',
    message: '$OUTPUT',
    remedy: 'correct curl.extract or the published file; nothing live was changed',
  },
  leadsOut: {
    status: 75,
    code: 'CURL_LEADS_OUT',
    message: '$OUTPUT',
    remedy: 'pack it again; allow links such as those of a shipped venv with curl.allowLinks',
  },
  notWritable: {
    status: 76,
    code: 'CANNOT_WRITE',
    message: '$OUTPUT',
    remedy: 'free some space, or let the user who deploys write there',
  },
  output: { status: 77, code: 'CURL_OUTPUT', message: '$OUTPUT', remedy: 'set another curl.output' },
  failed: {
    status: 99,
    code: 'CURL_FAILED',
    message: '$OUTPUT',
    remedy: 'look up the exit status in the manual of curl (man curl)',
  },
})
