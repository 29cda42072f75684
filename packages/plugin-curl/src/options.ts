import { flag, isSecret, list, type Secret, secretText, table, text, whole } from '@dragonfab/core'
import { createTextCheck, findAddressProblem, findPathProblem } from './address/address.ts'
import { curlOptionsCheck } from './curlrc/parse-options.ts'

/** What stands under `curl`. The names of the originals are these with `curl_` before them. */
export const options = {
  url: text({
    help: 'What to download. A user and password in it are taken out and kept secret',
    allowEmpty: true,
    check: createTextCheck(findAddressProblem),
  }),
  signedUrl: secretText({ help: 'The same where the whole address is a secret, such as a signed one; instead of url' }),
  user: secretText({ help: 'user:password for the server; no other server is given it, whatever it redirects to' }),
  headers: table({
    help: 'Headers for that server alone, such as PRIVATE-TOKEN; values may be secrets',
    keys: /^[A-Za-z0-9!#$&'*+.^_`|~-]+$/,
    default: {},
    parse: (value: string | Secret): string | Secret => {
      if (isSecret(value)) return value
      if (typeof value !== 'string' || /[\0-\x1f\x7f]/.test(value)) throw new Error('should be text of one line, or a secret')
      return value
    },
  }),
  sha256: text({
    help: 'The SHA-256 of what is downloaded, in hex; anything else is refused',
    pattern: /[0-9a-fA-F]{64}/,
    expected: 'be 64 hex digits',
  }),
  extract: text({
    help: 'Unpack it into the release; no: ship the file itself. By default no, or what extractTar or extractTgz say',
    choices: ['no', 'tar', 'tgz', 'zst', 'zip'],
  }),
  extractTar: flag({ help: "The same as extract: 'tar'", default: false }),
  extractTgz: flag({ help: "The same as extract: 'tgz'", default: false }),
  allowLinks: list({
    help: 'Where links in the archive may lead outside of the release: paths (/usr/bin/python3), or folders with a slash at the end (/usr/share/)',
    default: [],
    operand: true,
  }),
  output: text({
    help: 'The file in the release when nothing is unpacked; by default the last part of the address',
    allowEmpty: true,
    check: createTextCheck(findPathProblem),
  }),
  options: text({
    help: 'Further options of curl, as on its command line; they reach it by its standard input',
    default: '',
    allowEmpty: true,
    check: curlOptionsCheck,
  }),
  proxy: text({
    help: 'The proxy to use; a user and password in it are kept secret',
    allowEmpty: true,
    check: createTextCheck(findProxyProblem),
  }),
  timeout: whole({ help: 'Seconds that the server may stay silent', default: 60, min: 1, max: 86_400 }),
  retries: whole({
    help: 'How often to try again what may pass: no answer, a cut connection, status 408, 429, 5xx',
    default: 3,
    min: 0,
    max: 20,
  }),
  postinstallScript: text({ help: 'Shell text to run in the release when it is filled', default: '', allowEmpty: true }),
  postinstallOutput: flag({ help: 'Whether its output is shown; the end of it always is when it fails', default: true }),
} as const

function findProxyProblem(proxy: string): string | undefined {
  return findAddressProblem(proxy.replace(/^socks(4a?|5h?):\/\//i, 'http://'))
}
