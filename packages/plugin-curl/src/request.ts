import { deriveSecret, isSecret, reveal, type Secret, usageError } from '@dragonfab/core'
import { type DownloadAddress, findAddressProblem, parseAddress } from './address/address.ts'
import { type CurlOption, parseCurlOptions } from './curlrc/parse-options.ts'

export type Packing = 'no' | 'tar' | 'tgz' | 'zst' | 'zip'

/** What this plugin reads from an env. */
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
  /** For messages and REVISION. Undefined for a secret address: the script then shows its server. */
  readonly displayUrl: string | undefined
  /** Options for every server. */
  readonly sharedOptions: readonly CurlOption[]
  /** Credentials and the like, only for the first server. */
  readonly firstServerOnly: readonly CurlOption[]
  readonly timeout: number
  readonly retries: number
}

export const hasAddress = ({ curl }: CurlEnv): boolean => Boolean(curl.url) || curl.signedUrl !== undefined

/** Whether a person must be asked for one of its secrets. */
export const asksPerson = ({ curl }: CurlEnv): boolean =>
  [curl.user, curl.signedUrl, ...Object.values(curl.headers)].some((each) => isSecret(each) && each.interactive)

/** Looks up no secret: values that depend on one are derived from it, and checked when the run looks it up. */
export function buildRequest(env: CurlEnv): DownloadRequest {
  const { curl } = env
  const { url, displayUrl, user } = resolveAddress(env)
  const ownOptions = parseCurlOptions(curl.options)
  const proxy = curl.proxy ? parseAddress(curl.proxy, 'curl.proxy') : undefined
  const credential = curl.user === undefined ? user : deriveUser(curl.user, user)
  const headers = Object.entries(curl.headers).map(([name, value]): CurlOption => {
    if (!isSecret(value)) return { name: 'header', value: `${name}: ${value}`, firstServerOnly: true }
    const line = deriveSecret(value, `curl.headers.${name}`, (text) => `${name}: ${requireOneLine(text, value.label)}`)
    return { name: 'header', value: line, firstServerOnly: true }
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

interface ResolvedAddress extends Pick<DownloadRequest, 'url' | 'displayUrl'> {
  /** `user:password` of the address. It is empty if a secret address has none. */
  readonly user: Secret | undefined
}

function resolveAddress({ curl: { url, signedUrl } }: CurlEnv): ResolvedAddress {
  if (signedUrl && url) {
    throw usageError({ code: 'CURL_URL', message: 'curl.url and curl.signedUrl are both set', remedy: 'remove one of them' })
  }
  if (signedUrl) {
    const parse = (text: string): DownloadAddress => {
      const problem = text === '' ? 'is empty' : findAddressProblem(text)
      if (problem) throw usageError({ code: 'CURL_URL', message: `curl.signedUrl ${problem}` })
      return parseAddress(text, 'curl.signedUrl')
    }
    const user = deriveSecret(signedUrl, 'curl.signedUrl: user and password', (text) => {
      const secret = parse(text).user
      return secret ? reveal(secret) : ''
    })
    return { url: deriveSecret(signedUrl, 'curl.signedUrl', (text) => parse(text).url), displayUrl: undefined, user }
  }
  if (!url) {
    throw usageError({
      code: 'CURL_URL',
      message: 'curl.url has no value',
      remedy: 'set it in the config, or pass --curl-url=https://…',
    })
  }
  return parseAddress(url, 'curl.url')
}

/** If it is empty, the user of the address is used. Without a colon, curl would ask for the password at a terminal, and there is none. */
function deriveUser(user: Secret, ofAddress: Secret | undefined): Secret {
  return deriveSecret(user, user.label, (text) => {
    if (text === '') return ofAddress ? reveal(ofAddress) : ''
    const problem = (message: string, remedy: string) => usageError({ code: 'CURL_USER', message: `curl.user ${message}`, remedy })
    if (!requireOneLine(text, user.label).includes(':'))
      throw problem('has no colon', 'write user:password; for a user without a password, user:')
    if (/%\([\w.]+\)s/.test(text))
      throw problem('has a %(…)s, but secrets are used as they are', "use secret.env('…'), or a function: user: (env) => …")
    return text
  })
}

function requireOneLine(text: string, label: string): string {
  if (!/[\r\n]/.test(text)) return text
  throw usageError({
    code: 'CURL_USER',
    message: `${label} has a line break`,
    remedy: 'remove it: it may be the newline at the end of a file',
  })
}

/** How the download is packed. The original tool preferred tar to tgz. */
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
      message: 'curl.output names a file, but curl.extract unpacks into the release',
      remedy: 'remove one of them',
    })
  }
  if (curl.output) return curl.output
  const path = resolveAddress(env).displayUrl?.replace(/^[^:]+:\/\/[^/]*/, '') ?? ''
  const name = decodePercent(path.slice(path.lastIndexOf('/') + 1))
  if (name && name !== '.' && name !== '..' && !/[\0-\x1f\x7f/]/.test(name)) return name
  throw usageError({
    code: 'CURL_OUTPUT',
    message: `nothing is unpacked, and the address ${curl.signedUrl ? 'is secret, so it cannot name the file' : 'does not end with the name of a file'}`,
    remedy: "set curl.output, or curl.extract ('tgz')",
  })
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
