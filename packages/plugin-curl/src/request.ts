import { hide, isSecret, reveal, type Secret, usageError } from '@dragonfab/core'
import { type Address, addressOf, addressProblem, serverOf } from './address/address.ts'
import { type CurlOption, curlOptions } from './curlrc/options.ts'

export type Packing = 'no' | 'tar' | 'tgz' | 'zst' | 'zip'

/** What this plugin reads of an env. */
export interface CurlEnv {
  readonly curl: {
    readonly url: string | undefined
    readonly signedUrl: Secret | undefined
    readonly user: Secret | undefined
    readonly headers: Readonly<Record<string, string | Secret>>
    readonly sha256: string | undefined
    readonly extract: Packing | undefined
    readonly extractTar: boolean
    readonly extractTgz: boolean
    readonly allowLinks: readonly string[]
    readonly output: string | undefined
    readonly options: string
    readonly proxy: string | undefined
    readonly timeout: number
    readonly retries: number
    readonly postinstallScript: string
    readonly postinstallOutput: boolean
  }
}

/** One download. */
export interface Request {
  readonly url: string | Secret
  /** For people, and for REVISION. */
  readonly shown: string
  /** Options for every server. */
  readonly always: readonly CurlOption[]
  /** Those that say who asks: for the first server alone. */
  readonly first: readonly CurlOption[]
  readonly timeout: number
  readonly retries: number
}

export const hasAddress = ({ curl }: CurlEnv): boolean =>
  Boolean(curl.url) || (curl.signedUrl !== undefined && reveal(curl.signedUrl) !== '')

export function requestOf(env: CurlEnv): Request {
  const { curl } = env
  const { url, shown, address } = asked(env)
  const own = curlOptions(curl.options)
  const proxy = curl.proxy ? addressOf(curl.proxy, 'curl.proxy') : undefined
  const given = userOf(curl.user) ?? address.user
  const headers = Object.entries(curl.headers).map(([name, value]): CurlOption => {
    if (!isSecret(value)) return { name: 'header', value: `${name}: ${value}`, first: true }
    return { name: 'header', value: hide(`${name}: ${oneLine(value)}`, `curl.headers.${name}`), first: true }
  })
  const all: readonly CurlOption[] = [
    ...(proxy ? [{ name: 'proxy', value: proxy.url, first: false }] : []),
    ...(proxy?.user ? [{ name: 'proxy-user', value: proxy.user, first: false }] : []),
    ...(given ? [{ name: 'user', value: given, first: true }] : []),
    ...headers,
    ...own,
  ]
  return {
    url,
    shown,
    always: all.filter(({ first }) => !first),
    first: all.filter(({ first }) => first),
    timeout: curl.timeout,
    retries: curl.retries,
  }
}

function asked({ curl }: CurlEnv): { readonly url: string | Secret; readonly shown: string; readonly address: Address } {
  const signed = curl.signedUrl === undefined ? '' : reveal(curl.signedUrl)
  if (signed && curl.url) {
    throw usageError({ code: 'CURL_URL', message: 'curl.url and curl.signedUrl are both set', remedy: 'leave one out' })
  }
  if (signed) {
    const problem = addressProblem(signed)
    if (problem) throw usageError({ code: 'CURL_URL', message: `curl.signedUrl ${problem}` })
    const address = addressOf(signed, 'curl.signedUrl')
    return { url: hide(address.url, 'curl.signedUrl'), shown: serverOf(address), address }
  }
  if (!curl.url) {
    throw usageError({
      code: 'CURL_URL',
      message: 'curl.url has no value',
      remedy: 'set it in the config, or give it: --curl-url=https://…',
    })
  }
  const address = addressOf(curl.url, 'curl.url')
  return { url: address.url, shown: address.shown, address }
}

/** curl would ask for a password at a terminal that is not there. */
function userOf(user: Secret | undefined): Secret | undefined {
  if (user === undefined || reveal(user) === '') return undefined
  if (!oneLine(user).includes(':')) {
    throw usageError({
      code: 'CURL_USER',
      message: 'curl.user has no colon',
      remedy: 'it is user:password; for a user without a password, user:',
    })
  }
  if (/%\([\w.]+\)s/.test(reveal(user))) {
    throw usageError({
      code: 'CURL_USER',
      message: 'curl.user has a %(…)s, and secrets are taken as they stand',
      remedy: "give it with secret.env('…'), or as a function: user: (env) => …",
    })
  }
  return user
}

function oneLine(secret: Secret): string {
  const text = reveal(secret)
  if (!/[\r\n]/.test(text)) return text
  throw usageError({
    code: 'CURL_USER',
    message: `${secret.label} has a line break`,
    remedy: 'a trailing newline of a file, perhaps: take it away',
  })
}

/** How what is downloaded is packed; theirs took tar before tgz. */
export function packingOf({ curl }: CurlEnv): Packing {
  return curl.extract ?? (curl.extractTar ? 'tar' : curl.extractTgz ? 'tgz' : 'no')
}

/** The file in the release when nothing is unpacked. */
export function outputOf(env: CurlEnv): string | undefined {
  const { curl } = env
  if (packingOf(env) !== 'no') {
    if (!curl.output) return undefined
    throw usageError({
      code: 'CURL_OUTPUT',
      message: 'curl.output names a file, and curl.extract unpacks into the release',
      remedy: 'leave one of them out',
    })
  }
  if (curl.output) return curl.output
  const path = asked(env).address.shown.replace(/^[^:]+:\/\/[^/]*/, '')
  const name = decoded(path.slice(path.lastIndexOf('/') + 1))
  if (name && name !== '.' && name !== '..' && !/[\0-\x1f\x7f/]/.test(name)) return name
  throw usageError({
    code: 'CURL_OUTPUT',
    message: 'nothing is unpacked, and the address does not end with the name of a file',
    remedy: "set curl.extract ('tgz'), or curl.output",
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
