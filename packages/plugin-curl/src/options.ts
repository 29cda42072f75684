import { flag, isSecret, list, type Secret, secretText, table, text, whole } from '@dragonfab/core'
import { createTextCheck, findAddressProblem, findPathProblem } from './address/address.ts'
import { curlOptionsCheck } from './curlrc/parse-options.ts'

/** The options under `curl`. The original tool has the same names with `curl_` before them. */
export const options = {
  url: text({
    help: 'The address to download. A user and password in it are removed and kept secret',
    allowEmpty: true,
    check: createTextCheck(findAddressProblem),
  }),
  signedUrl: secretText({ help: 'The address, instead of url, if all of it is a secret, such as a signed one' }),
  user: secretText({ help: 'user:password for the server; no other server gets it, whatever it redirects to' }),
  headers: table({
    help: 'Headers only for that server, such as PRIVATE-TOKEN; values may be secrets',
    keys: /^[A-Za-z0-9!#$&'*+.^_`|~-]+$/,
    default: {},
    parse: (value: string | Secret): string | Secret => {
      if (isSecret(value)) return value
      if (typeof value !== 'string' || /[\0-\x1f\x7f]/.test(value)) throw new Error('should be text of one line, or a secret')
      return value
    },
  }),
  sha256: text({
    help: 'The SHA-256 of the download, in hex; anything else is refused',
    pattern: /[0-9a-fA-F]{64}/,
    expected: 'be 64 hex digits',
  }),
  extract: text({
    help: 'How to unpack it into the release; no: ship the file itself. By default no, or what extractTar and extractTgz say',
    choices: ['no', 'tar', 'tgz', 'zst', 'zip'],
  }),
  extractTar: flag({ help: "The same as extract: 'tar'", default: false }),
  extractTgz: flag({ help: "The same as extract: 'tgz'", default: false }),
  allowLinks: list({
    help: 'Where links in the archive may point outside the release: paths (/usr/bin/python3), or folders with a slash at the end (/usr/share/)',
    default: [],
    operand: true,
  }),
  output: text({
    help: 'The name of the file in the release if nothing is unpacked; by default the last part of the address',
    allowEmpty: true,
    check: createTextCheck(findPathProblem),
  }),
  options: text({
    help: 'More options of curl, written as on its command line; curl reads them from its standard input',
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
    help: 'How often to retry temporary failures: no answer, a broken connection, status 408, 429, 5xx',
    default: 3,
    min: 0,
    max: 20,
  }),
  postinstallScript: text({ help: 'Shell text to run in the release after unpacking', default: '', allowEmpty: true }),
  postinstallOutput: flag({ help: 'Whether the output of the script is shown; if it fails, the end of it is always shown', default: true }),
} as const

function findProxyProblem(proxy: string): string | undefined {
  return findAddressProblem(proxy.replace(/^socks(4a?|5h?):\/\//i, 'http://'))
}
