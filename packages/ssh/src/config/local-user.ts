import { homedir, userInfo } from 'node:os'

export interface LocalUser {
  readonly name: string
  readonly home: string
  readonly uid: number
}

/** As OpenSSH: the password database decides where `~` is, not $HOME. Only a user without an entry there falls back on $HOME. */
export function readLocalUser(): LocalUser {
  try {
    const { username, homedir: home, uid } = userInfo()
    return { name: username, home, uid }
  } catch {
    return { name: process.env.USER ?? process.env.LOGNAME ?? '', home: homedir(), uid: process.getuid?.() ?? -1 }
  }
}
