import { check, hide, type Secret, type StandardSchema } from '@dragonfab/core'

/** An address without its credentials. */
export interface DownloadAddress {
  /** With a scheme, without user and password. */
  readonly url: string
  /** `user:password` of the address. */
  readonly user: Secret | undefined
  /** For messages and REVISION: without credentials, query and fragment, because a query may be a signature. */
  readonly displayUrl: string
}

const schemes = ['http', 'https', 'ftp', 'ftps', 'sftp', 'file']

/** What is wrong with an address or a proxy, or undefined. */
export function findAddressProblem(url: string): string | undefined {
  if (/[\0-\x20\x7f]/.test(url)) return 'must not have spaces or control characters: write %%20 for a space'
  if (url.startsWith('-')) return 'must not begin with `-`'
  const scheme = parseScheme(url)
  if (scheme !== undefined && !schemes.includes(scheme)) return `has the scheme ${scheme}: use ${schemes.join(', ')}`
  if (/^[a-z]+:\/\/[^/?#]*[?#]/i.test(url) || /^(?!file:)[a-z]+:\/\/\//i.test(url)) return 'does not name a server'
  return undefined
}

const parseScheme = (url: string): string | undefined => /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase()

/** `label` is the option that it comes from. Without a scheme it is http, as in curl. */
export function parseAddress(text: string, label: string): DownloadAddress {
  const url = parseScheme(text) === undefined ? `http://${text}` : text
  const [, scheme = '', userinfo, rest = ''] = /^([^:]+:\/\/)(?:([^/?#]*)@)?(.*)$/s.exec(url) ?? []
  const plain = `${scheme}${rest}`
  return {
    url: plain,
    user: userinfo ? hide(decodePercent(userinfo.includes(':') ? userinfo : `${userinfo}:`), `${label}: user and password`) : undefined,
    displayUrl: plain.replace(/[?#].*$/s, ''),
  }
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A check for a text option. `problem` returns what is wrong with the value, or undefined. */
export function createTextCheck(problem: (value: string) => string | undefined): StandardSchema<string> {
  return check((value) => {
    const message = value === '' ? undefined : problem(String(value))
    return message === undefined ? { value: String(value) } : { issues: [{ message }] }
  })
}

/** What is wrong with a path in the release, or undefined. */
export function findPathProblem(path: string): string | undefined {
  if (/[\0-\x1f\x7f]/.test(path)) return 'must not have control characters'
  if (path.startsWith('/') || path.startsWith('-')) return 'should be a path within the release'
  if (path.endsWith('/') || path.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    return 'should be the name of a file, or a path to it, without `.`, `..` and empty parts'
  }
  return undefined
}
