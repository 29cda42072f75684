import { isSecret, type Secret } from '@dragonfab/core'

/** Where a check runs, and how long it may take. */
interface CheckTiming {
  /** `host` (the default): on every host, as the user who runs the steps. `local`: on the machine that deploys, once for each host. */
  readonly target?: 'host' | 'local'
  /** How often it is retried; by default `healthcheck.retries`. */
  readonly retries?: number
  /** Seconds between two tries; by default `healthcheck.interval`. */
  readonly interval?: number
  /** Seconds that one try may take; by default `healthcheck.timeout`. */
  readonly timeout?: number
}

interface HttpInput extends CheckTiming {
  /** Requested with GET; redirects are not followed. */
  readonly http: string
  /** A status, a class of them (`'2xx'`, the default), or a list of both. */
  readonly status?: number | string | readonly (number | string)[]
  /** Text that the body must contain. */
  readonly contains?: string
  /** An extended regular expression that a line of the body must match. */
  readonly matches?: string
  readonly headers?: Readonly<Record<string, string | Secret>>
  /** The Host header, if it differs from the address: `shop.example.org`. */
  readonly host?: string
  /** Accept a certificate that cannot be verified. */
  readonly insecure?: boolean
}

interface TcpInput extends CheckTiming {
  /** `host:port` that must accept connections. */
  readonly tcp: string
}

interface CommandInput extends CheckTiming {
  /** Shell text that must exit with status 0. It runs in `current`, or on the machine that deploys in the config's folder. */
  readonly command: string
}

/** An entry of `healthcheck.checks`: a URL (`http:`, `https:`, `tcp:`), or what it asks and expects in detail. */
export type CheckInput = string | HttpInput | TcpInput | CommandInput

interface CommonCheck extends Omit<CheckTiming, 'target'> {
  readonly target: 'host' | 'local'
}

export interface HttpCheck extends CommonCheck {
  readonly kind: 'http'
  readonly url: string
  /** `200`, `2xx`. */
  readonly status: readonly string[]
  readonly contains: string | undefined
  readonly matches: string | undefined
  /** With the Host header. */
  readonly headers: Readonly<Record<string, string | Secret>>
  readonly insecure: boolean
}

export interface TcpCheck extends CommonCheck {
  readonly kind: 'tcp'
  readonly address: string
  readonly port: number
}

export interface CommandCheck extends CommonCheck {
  readonly kind: 'command'
  readonly command: string
}

export type Check = HttpCheck | TcpCheck | CommandCheck

/** The name of a check in messages. */
export function nameOf(check: Check): string {
  if (check.kind === 'http') return check.url
  if (check.kind === 'command') return check.command
  return `${check.address.includes(':') ? `[${check.address}]` : check.address}:${check.port}`
}

/** What an HTTP check expects: `2xx`, `200 or 204 with "ok"`. */
export function expectationOf({ status, contains, matches }: HttpCheck): string {
  const body = [contains !== undefined && JSON.stringify(contains), matches !== undefined && `a line like ${matches}`].filter(Boolean)
  return `${status.join(' or ')}${body.length ? ` with ${body.join(' and ')}` : ''}`
}

const keysByKind = {
  http: ['status', 'contains', 'matches', 'headers', 'host', 'insecure'],
  tcp: [],
  command: [],
} as const
const timingKeys = ['target', 'retries', 'interval', 'timeout']
const checkForm = 'should be a URL (http://…, https://…, tcp://host:port), or { http }, { tcp } or { command }'

/** Reads one entry; throws an Error that says what it should be. */
export function parseCheck(value: CheckInput): Check {
  if (typeof value === 'string') {
    if (/^https?:/i.test(value)) return parseCheck({ http: value })
    if (/^tcp:\/\//i.test(value)) return parseCheck({ tcp: value.slice('tcp://'.length) })
    throw new Error(checkForm)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(checkForm)
  const input: Readonly<Record<string, unknown>> = { ...value }
  const [kind, other] = (['http', 'tcp', 'command'] as const).filter((key) => input[key] !== undefined)
  if (kind === undefined || other !== undefined) throw new Error(checkForm)
  const knownKeys: readonly string[] = [kind, ...keysByKind[kind], ...timingKeys]
  const unknownKeys = Object.keys(input).filter((key) => !knownKeys.includes(key))
  if (unknownKeys.length) throw new Error(`has an unknown key ${unknownKeys.join(', ')}; known are ${knownKeys.join(', ')}`)
  const common = parseCommon(input)
  if (kind === 'http') return { kind, ...common, ...parseHttp(input) }
  if (kind === 'tcp') return { kind, ...common, ...parseTcpAddress(input.tcp) }
  return { kind, ...common, command: parseText(input.command, 'command') }
}

function parseCommon(input: Readonly<Record<string, unknown>>): CommonCheck {
  const { target = 'host' } = input
  if (target !== 'host' && target !== 'local') throw new Error("target should be 'host' or 'local'")
  const readWhole = (key: 'retries' | 'interval' | 'timeout', least: number) => {
    const number = input[key]
    if (number === undefined) return {}
    if (!Number.isSafeInteger(number) || (number as number) < least || (number as number) > 3600)
      throw new Error(`${key} should be a whole number from ${least} to 3600`)
    return { [key]: number as number }
  }
  return { target, ...readWhole('retries', 0), ...readWhole('interval', 0), ...readWhole('timeout', 1) }
}

function parseHttp(input: Readonly<Record<string, unknown>>): Omit<HttpCheck, keyof CommonCheck | 'kind'> {
  const { insecure = false, headers = {}, host } = input
  if (typeof insecure !== 'boolean') throw new Error('insecure should be true or false')
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) throw new Error('headers should be names and values')
  const all = { ...(headers as Record<string, unknown>), ...(host !== undefined && { Host: parseText(host, 'host') }) }
  for (const [name, value] of Object.entries(all)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new Error(`headers should have names of headers, not ${JSON.stringify(name)}`)
    if (!isSecret(value)) parseText(value, `the header ${name}`)
  }
  const matches = input.matches === undefined ? undefined : parseText(input.matches, 'matches')
  if (matches !== undefined) {
    try {
      new RegExp(matches)
    } catch {
      throw new Error(`matches should be a regular expression, not ${JSON.stringify(matches)}`)
    }
  }
  return {
    url: parseUrl(input.http),
    status: parseStatus(input.status ?? '2xx'),
    contains: input.contains === undefined ? undefined : parseText(input.contains, 'contains'),
    matches,
    headers: all as Readonly<Record<string, string | Secret>>,
    insecure,
  }
}

function parseUrl(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`http should be a URL, not ${JSON.stringify(value)}`)
  if (url.username || url.password) throw new Error('http should have no user or password: use headers: { Authorization: secret… }')
  url.hash = ''
  return url.href
}

function parseStatus(value: unknown): readonly string[] {
  const all = (Array.isArray(value) ? value : [value]).map(String)
  const invalid = all.find((each) => !/^[1-5](\d\d|xx)$/.test(each))
  if (invalid !== undefined || !all.length)
    throw new Error(`status should be a status such as 200 or '2xx', or a list of them, not ${JSON.stringify(value)}`)
  return all
}

function parseTcpAddress(value: unknown): Pick<TcpCheck, 'address' | 'port'> {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_][A-Za-z0-9._-]*)):(\d{1,5})$/.exec(String(value)) ?? []
  const address = bracketed ?? plain
  if (address === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new Error(`tcp should be host:port, not ${JSON.stringify(value)}`)
  return { address, port: Number(port) }
}

function parseText(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '' || (what !== 'command' && /[\0-\x1f\x7f]/.test(value)))
    throw new Error(`${what} should be text without control characters`)
  return value
}
