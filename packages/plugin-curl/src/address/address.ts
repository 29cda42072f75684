import { hide, type Secret } from '@dragonfab/core'

/** What curl is asked for, apart from who may ask. */
export interface Address {
  /** With a scheme, without user and password. */
  readonly url: string
  /** `user:password` that stood in it. */
  readonly user: Secret | undefined
  /** For people and for REVISION: without credentials, query and fragment, for many a query is a signature. */
  readonly shown: string
}

const schemes = ['http', 'https', 'ftp', 'ftps', 'sftp', 'file']

/** What is wrong with an address or a proxy, or nothing. */
export function addressProblem(url: string): string | undefined {
  if (/[\0-\x20\x7f]/.test(url)) return 'must not have spaces or control characters: write %%20 for a space'
  if (url.startsWith('-')) return 'must not begin with `-`'
  const scheme = schemeOf(url)
  if (scheme !== undefined && !schemes.includes(scheme)) return `has the scheme ${scheme}: use ${schemes.join(', ')}`
  if (/^[a-z]+:\/\/[^/?#]*[?#]/i.test(url) || /^(?!file:)[a-z]+:\/\/\//i.test(url)) return 'names no server'
  return undefined
}

const schemeOf = (url: string): string | undefined => /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase()

/** `label` is the option that it comes from. Without a scheme it is http, as curl itself guesses. */
export function addressOf(given: string, label: string): Address {
  const url = schemeOf(given) === undefined ? `http://${given}` : given
  const [, scheme = '', userinfo, rest = ''] = /^([^:]+:\/\/)(?:([^/?#]*)@)?(.*)$/s.exec(url) ?? []
  const plain = `${scheme}${rest}`
  return {
    url: plain,
    user: userinfo ? hide(decode(userinfo.includes(':') ? userinfo : `${userinfo}:`), `${label}: user and password`) : undefined,
    shown: plain.replace(/[?#].*$/s, ''),
  }
}

/** Of a secret address only the server is told. */
export const serverOf = (address: Address): string => /^[^:]+:\/\/[^/?#]*/.exec(address.url)?.[0] ?? address.shown

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
