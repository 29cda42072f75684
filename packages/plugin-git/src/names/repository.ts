import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deriveSecret, hide, type Secret, usageError } from '@dragonfab/core'
import { hasControl } from './path.ts'

/** What is wrong with a repository's address, or undefined. */
export function findRepositoryProblem(repo: string): string | undefined {
  if (hasControl(repo)) return 'must not have control characters'
  if (repo.startsWith('-')) return 'must not begin with `-`: git would take it for an option'
  if (/^[A-Za-z0-9+.-]+::/.test(repo)) return 'must not name a helper program (`ext::…`): use ssh, https, git or file'
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(repo)?.[1]?.toLowerCase()
  if (scheme !== undefined && !['ssh', 'git+ssh', 'ssh+git', 'git', 'http', 'https', 'file'].includes(scheme)) {
    return `has the scheme ${scheme}: use ssh, https, git or file`
  }
  if (/^~/.test(repo)) return 'should be a full path, because `~` depends on the machine'
  const host = scheme === undefined ? /^(?:[^@/]*@)?([^/:]*):/.exec(repo)?.[1] : /^[^:]+:\/\/(?:[^@/]*@)?([^/:]*)/.exec(repo)?.[1]
  if (host?.startsWith('-')) return 'has a host that begins with `-`: ssh would take it for an option'
  return undefined
}

/** Whether it is a folder rather than an address. git's own rule: a colon before any slash makes it `host:path`. */
const isFolder = (repo: string): boolean => !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(repo) && !/^[^/]*:/.test(repo)

/** Whether it is relative to the config: `.`, `./shop`, `../shop.git`. */
export const isRelativeFolder = (repo: string): boolean => isFolder(repo) && !isAbsolute(repo)

/** A password and the only origin that gets it, whatever a server redirects to. */
export interface Credential {
  readonly origin: string
  /** git asks for a user too if the URL has none. */
  readonly user: string | undefined
  readonly password: Secret
}

export interface Repository {
  /** The URL for git, without a password, because any user of the machine can read git's command line. */
  readonly url: string
  readonly credential: Credential | undefined
  /** Whether it is a folder on the machine where git runs. */
  readonly folder: boolean
}

/** `directory` is the config's folder, `password` the option. */
export function parseRepository(repo: string, directory: string, password?: Secret): Repository {
  if (isFolder(repo)) return { url: resolve(directory, repo), credential: undefined, folder: true }
  if (/^file:\/\//i.test(repo)) return { url: repo, credential: undefined, folder: true }
  if (!/^https?:\/\//i.test(repo)) return { url: repo, credential: undefined, folder: false }
  // `URL` would escape characters that git uses as they are.
  const [, scheme = '', userinfo, rest = ''] = /^(https?:\/\/)(?:([^@/]*)@)?(.*)$/is.exec(repo) ?? []
  const [user, urlPassword] = userinfo === undefined ? [] : splitOnce(userinfo)
  const secret = urlPassword === undefined ? password : hide(decodePercent(urlPassword), 'git.repo')
  const oneLineSecret = secret && deriveSecret(secret, secret.label, (value) => requireOneLine(value, secret.label))
  const origin = `${scheme}${rest.split('/')[0] ?? ''}`
  return {
    url: `${scheme}${user ? `${user}@` : ''}${rest}`,
    credential: oneLineSecret && { origin, user: user || undefined, password: oneLineSecret },
    folder: false,
  }
}

/** The folder of a local repository, which is read in place. */
export function folderOf(repository: Repository): string | undefined {
  if (!repository.folder) return undefined
  return repository.url.startsWith('/') ? repository.url : fileURLToPath(repository.url)
}

/** git and its credential helpers exchange lines, so they would take the rest after a line break for something else. */
function requireOneLine(value: string, label: string): string {
  if (!/[\n\r\0]/.test(value)) return value
  throw usageError({
    code: 'BAD_VALUE',
    message: `${label} has a line break, which is not possible in a repository's password`,
    remedy: 'remove the newline at its end; `secret.file` and `secret.command` do that',
  })
}

function splitOnce(userinfo: string): readonly [string, string?] {
  const colon = userinfo.indexOf(':')
  return colon < 0 ? [userinfo] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)]
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An address for people, without the password that it may contain. */
export const displayAddress = (repo: string): string => repo.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^@/:]*):[^@/]*@/, '$1@')
