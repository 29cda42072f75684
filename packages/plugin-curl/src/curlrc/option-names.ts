/** curl's short options: its long name, with `=` where a value follows (curl.1). */
export const shortOptions: Readonly<Record<string, string>> = {
  '0': 'http1.0',
  '1': 'tlsv1',
  '4': 'ipv4',
  '6': 'ipv6',
  a: 'append',
  A: 'user-agent=',
  b: 'cookie=',
  B: 'use-ascii',
  c: 'cookie-jar=',
  C: 'continue-at=',
  d: 'data=',
  D: 'dump-header=',
  e: 'referer=',
  E: 'cert=',
  f: 'fail',
  F: 'form=',
  g: 'globoff',
  G: 'get',
  h: 'help',
  H: 'header=',
  i: 'include',
  I: 'head',
  j: 'junk-session-cookies',
  J: 'remote-header-name',
  k: 'insecure',
  K: 'config=',
  l: 'list-only',
  L: 'location',
  m: 'max-time=',
  M: 'manual',
  n: 'netrc',
  N: 'no-buffer',
  o: 'output=',
  O: 'remote-name',
  p: 'proxytunnel',
  P: 'ftp-port=',
  q: 'disable',
  Q: 'quote=',
  r: 'range=',
  R: 'remote-time',
  s: 'silent',
  S: 'show-error',
  t: 'telnet-option=',
  T: 'upload-file=',
  u: 'user=',
  U: 'proxy-user=',
  v: 'verbose',
  V: 'version',
  w: 'write-out=',
  x: 'proxy=',
  X: 'request=',
  y: 'speed-time=',
  Y: 'speed-limit=',
  z: 'time-cond=',
  Z: 'parallel',
  '#': 'progress-bar',
  ':': 'next',
}

/** Options for what the plugin does anyway, or that change only the progress output. */
export const ignoredOptions = new Set([
  'location',
  'fail',
  'remote-name',
  'globoff',
  'silent',
  'show-error',
  'progress-bar',
  'no-progress-meter',
  'fail-with-body',
])

const otherFileReason = 'use curl.output: a download is checked before it is moved into the release'
const redirectReason = 'redirects are followed, at most 10, and credentials stay with the first server'
const partialReason = 'a download must be complete'

/** Options that the plugin refuses, and why. */
export const refusedOptions: Readonly<Record<string, string>> = {
  output: otherFileReason,
  'output-dir': otherFileReason,
  'remote-name-all': otherFileReason,
  'remote-header-name': otherFileReason,
  'no-clobber': otherFileReason,
  'skip-existing': otherFileReason,
  'location-trusted': redirectReason,
  'no-location': redirectReason,
  'max-redirs': redirectReason,
  'no-fail': 'an error page would be shipped',
  url: 'use curl.url',
  'upload-file': 'the plugin only downloads',
  append: 'the plugin only downloads',
  include: partialReason,
  head: partialReason,
  range: partialReason,
  'continue-at': partialReason,
  'list-only': partialReason,
  'time-cond': partialReason,
  'etag-compare': partialReason,
  'etag-save': partialReason,
  'max-filesize': partialReason,
  config: 'write its options in curl.options',
  disable: 'curl accepts it only as its first option, which is not possible here',
  next: 'one address at a time',
  parallel: 'one address at a time',
  'write-out': 'the plugin reads the output of curl',
  'dump-header': 'the plugin reads the output of curl',
  stderr: 'the plugin reads the output of curl',
  trace: 'the plugin reads the output of curl',
  'trace-ascii': 'the plugin reads the output of curl',
  libcurl: 'the plugin reads the output of curl',
  version: 'there would be no download',
  help: 'there would be no download',
  manual: 'there would be no download',
}

/** Options whose values only the first server may see: a redirect may lead to any server. */
export const firstServerPattern =
  /^(user|oauth2-bearer|header|cookie|data.*|json|form.*|cert|cert-type|key|key-type|pass|aws-sigv4|login-options|request|get|referer|tls(user|password|authtype))$/

/** Whether an option's value is a secret. */
export function isSecretOption(name: string, value: string): boolean {
  if (/^(user|proxy-user|oauth2-bearer|pass|proxy-pass|(proxy-)?tlspassword|cookie|data.*|json|form.*|aws-sigv4)$/.test(name)) return true
  if (name === 'header' || name === 'proxy-header') return /^[^:]*(auth|token|key|secret|cookie|passw|credential|session)/i.test(value)
  if (name === 'cert' || name === 'proxy-cert') return value.includes(':')
  return /^[a-z0-9+.-]*(:\/\/)?[^/?#]*:[^/?#]*@/i.test(value)
}
