import { createHash } from 'node:crypto'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'

export interface ConfigTokens {
  /** The host as given on the command line. */
  readonly original: string
  readonly hostname: string
  readonly port: number
  readonly user: string
  readonly hostKeyAlias?: string | undefined
  readonly proxyJump?: string | undefined
}

/** Expands percent tokens of ssh_config (ssh_config(5), TOKENS). Unknown ones stay unchanged. */
export function expandTokens(text: string, tokens: ConfigTokens, me: LocalUser = readLocalUser()): string {
  const { port, user } = tokens
  const local = hostname()
  const connection = () =>
    createHash('sha1')
      .update(`${local}${tokens.hostname}${port}${user}${tokens.proxyJump ?? ''}`)
      .digest('hex')
  return text.replace(/%(.)/g, (all, letter: string) => {
    switch (letter) {
      case '%':
        return '%'
      case 'h':
        return tokens.hostname
      case 'n':
        return tokens.original
      case 'p':
        return String(port)
      case 'r':
        return user
      case 'd':
        return me.home
      case 'u':
        return me.name
      case 'i':
        return String(me.uid)
      case 'l':
        return local
      case 'L':
        return local.split('.')[0] ?? local
      case 'k':
        return tokens.hostKeyAlias ?? tokens.original
      case 'j':
        return tokens.proxyJump ?? ''
      case 'C':
        return connection()
      default:
        return all
    }
  })
}

/** Expands a path of ssh_config: `~`, `~user` (this user only), `${VARIABLE}`, and percent tokens. */
export function expandPath(path: string, tokens: ConfigTokens, me: LocalUser = readLocalUser()): string {
  const home = path.replace(/^~(?=\/|$)/, () => me.home).replace(/^~([^/]+)(?=\/|$)/, (all, name) => (name === me.name ? me.home : all))
  const variables = home.replace(/\$\{(\w+)\}/g, (all, name: string) => process.env[name] ?? all)
  return expandTokens(variables, tokens, me)
}

/** Resolves a relative path of ssh_config as OpenSSH does: from the working directory. */
export function resolveAgainst(path: string, directory: string): string {
  return path.startsWith('/') ? path : join(directory, path)
}

export interface LocalUser {
  readonly name: string
  readonly home: string
  readonly uid: number
}

/** As in OpenSSH, `~` comes from the password database, not from $HOME. Only a user without an entry there gets $HOME. */
export function readLocalUser(): LocalUser {
  try {
    const { username, homedir: home, uid } = userInfo()
    return { name: username, home, uid }
  } catch {
    return { name: process.env.USER ?? process.env.LOGNAME ?? '', home: homedir(), uid: process.getuid?.() ?? -1 }
  }
}
