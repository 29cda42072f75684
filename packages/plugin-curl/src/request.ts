import { hide, isSecret, reveal, type Secret, usageError } from '@dragonfab/core'
import { type DownloadAddress, findAddressProblem, formatServer, parseAddress } from './address/address.ts'
import { type CurlOption, parseCurlOptions } from './curlrc/parse-options.ts'

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
export interface DownloadRequest {
  readonly url: string | Secret
  /** For people, and for REVISION. */
  readonly displayUrl: string
  /** Options for every server. */
  readonly sharedOptions: readonly CurlOption[]
  /** Those that say who asks: for the first server alone. */
  readonly firstServerOnly: readonly CurlOption[]
  readonly timeout: number
  readonly retries: number
}

export const hasAddress = ({ curl }: CurlEnv): boolean =>
  Boolean(curl.url) || (curl.signedUrl !== undefined && reveal(curl.signedUrl) !== '')

export function buildRequest(env: CurlEnv): DownloadRequest {
  const { curl } = env
  const { url, displayUrl, address } = resolveAddress(env)
  const ownOptions = parseCurlOptions(curl.options)
  const proxy = curl.proxy ? parseAddress(curl.proxy, 'curl.proxy') : undefined
  const credential = parseUser(curl.user) ?? address.user
  const headers = Object.entries(curl.headers).map(([name, value]): CurlOption => {
    if (!isSecret(value)) return { name: 'header', value: `${name}: ${value}`, firstServerOnly: true }
    return { name: 'header', value: hide(`${name}: ${requireOneLine(value)}`, `curl.headers.${name}`), firstServerOnly: true }
  })
  const all: readonly CurlOption[] = [
    ...(proxy ? [{ name: 'proxy', value: proxy.url, firstServerOnly: false }] : []),
    ...(proxy?.user ? [{ name: 'proxy-user', value: proxy.user, firstServerOnly: false }] : []),
    ...(credential ? [{ name: 'user', value: credential, firstServerOnly: true }] : []),
    ...headers,
    ...ownOptions,
  ]
  return {
    url,
    displayUrl,
    sharedOptions: all.filter(({ firstServerOnly }) => !firstServerOnly),
    firstServerOnly: all.filter(({ firstServerOnly }) => firstServerOnly),
    timeout: curl.timeout,
    retries: curl.retries,
  }
}

function resolveAddress({ curl }: CurlEnv): {
  readonly url: string | Secret
  readonly displayUrl: string
  readonly address: DownloadAddress
} {
  const signedUrl = curl.signedUrl === undefined ? '' : reveal(curl.signedUrl)
  if (signedUrl && curl.url) {
    throw usageError({ code: 'CURL_URL', message: 'curl.url and curl.signedUrl are both set', remedy: 'leave one out' })
  }
  if (signedUrl) {
    const problem = findAddressProblem(signedUrl)
    if (problem) throw usageError({ code: 'CURL_URL', message: `curl.signedUrl ${problem}` })
    const address = parseAddress(signedUrl, 'curl.signedUrl')
    return { url: hide(address.url, 'curl.signedUrl'), displayUrl: formatServer(address), address }
  }
  if (!curl.url) {
    throw usageError({
      code: 'CURL_URL',
      message: 'curl.url has no value',
      remedy: 'set it in the config, or give it: --curl-url=https://…',
    })
  }
  const address = parseAddress(curl.url, 'curl.url')
  return { url: address.url, displayUrl: address.displayUrl, address }
}

/** curl would ask for a password at a terminal that is not there. */
function parseUser(user: Secret | undefined): Secret | undefined {
  if (user === undefined || reveal(user) === '') return undefined
  if (!requireOneLine(user).includes(':')) {
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

function requireOneLine(secret: Secret): string {
  const text = reveal(secret)
  if (!/[\r\n]/.test(text)) return text
  throw usageError({
    code: 'CURL_USER',
    message: `${secret.label} has a line break`,
    remedy: 'a trailing newline of a file, perhaps: take it away',
  })
}

/** How what is downloaded is packed; theirs took tar before tgz. */
export function choosePacking({ curl }: CurlEnv): Packing {
  return curl.extract ?? (curl.extractTar ? 'tar' : curl.extractTgz ? 'tgz' : 'no')
}

/** The file in the release when nothing is unpacked. */
export function chooseOutput(env: CurlEnv): string | undefined {
  const { curl } = env
  if (choosePacking(env) !== 'no') {
    if (!curl.output) return undefined
    throw usageError({
      code: 'CURL_OUTPUT',
      message: 'curl.output names a file, and curl.extract unpacks into the release',
      remedy: 'leave one of them out',
    })
  }
  if (curl.output) return curl.output
  const path = resolveAddress(env).address.displayUrl.replace(/^[^:]+:\/\/[^/]*/, '')
  const name = decodePercent(path.slice(path.lastIndexOf('/') + 1))
  if (name && name !== '.' && name !== '..' && !/[\0-\x1f\x7f/]/.test(name)) return name
  throw usageError({
    code: 'CURL_OUTPUT',
    message: 'nothing is unpacked, and the address does not end with the name of a file',
    remedy: "set curl.extract ('tgz'), or curl.output",
  })
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
