import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of this plugin's guards, and what people read for each. */
export const { exitStatus, failures } = exitStatuses({
  noTool: {
    status: 64,
    code: 'CURL_TOOL_MISSING',
    message: '$OUTPUT',
    remedy: 'install it there (apt install curl …), or ship with `upload` from this machine, which needs tar alone',
  },
  notFound: { status: 65, code: 'CURL_NOT_FOUND', message: '$OUTPUT', remedy: 'correct curl.url: is that version published?' },
  denied: {
    status: 66,
    code: 'CURL_DENIED',
    message: '$OUTPUT',
    remedy: "set curl.user (user:password, better secret.env('…')) or curl.headers, and see that this user may read it",
  },
  server: { status: 67, code: 'CURL_SERVER', message: '$OUTPUT', remedy: 'see the server’s log; nothing live was changed' },
  unreachable: {
    status: 68,
    code: 'CURL_UNREACHABLE',
    message: '$OUTPUT',
    remedy: 'is the name right, and is the server reachable from that host? curl.proxy names a proxy',
  },
  cut: {
    status: 69,
    code: 'CURL_CUT',
    message: '$OUTPUT',
    remedy: 'nothing live was changed; deploy again, or raise curl.timeout or curl.retries',
  },
  tls: {
    status: 70,
    code: 'CURL_TLS',
    message: '$OUTPUT',
    remedy:
      'has the server a valid certificate, and does that host know its authority (ca-certificates)? curl.options may name one: --cacert',
  },
  redirect: { status: 71, code: 'CURL_REDIRECT', message: '$OUTPUT', remedy: 'set curl.url to where it leads, if that is right' },
  checksum: {
    status: 72,
    code: 'CURL_CHECKSUM',
    message: '$OUTPUT',
    remedy: 'nothing was unpacked. Find out why it differs: another build under the same name, or somebody’s doing',
  },
  html: {
    status: 73,
    code: 'CURL_HTML',
    message: '$OUTPUT',
    remedy: 'many servers answer with a login page: look at it in a browser, and set curl.user or curl.headers',
  },
  notPacked: {
    status: 74,
    code: 'CURL_ARCHIVE',
    message: '$OUTPUT',
    remedy: 'correct curl.extract or what is published; nothing live was changed',
  },
  leadsOut: {
    status: 75,
    code: 'CURL_LEADS_OUT',
    message: '$OUTPUT',
    remedy: 'pack it anew. Links of a shipped venv and the like are allowed by curl.allowLinks',
  },
  notWritable: {
    status: 76,
    code: 'CANNOT_WRITE',
    message: '$OUTPUT',
    remedy: 'make space, or give the user who deploys the right to write there',
  },
  output: { status: 77, code: 'CURL_OUTPUT', message: '$OUTPUT', remedy: 'set another curl.output' },
  failed: {
    status: 99,
    code: 'CURL_FAILED',
    message: '$OUTPUT',
    remedy: 'the exit statuses of curl are explained in its manual (man curl)',
  },
})
