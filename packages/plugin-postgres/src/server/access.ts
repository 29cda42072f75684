import type { Secret } from '@dragonfab/core'
import type { PostgresEnv } from '../options.ts'

/** How the host connects to a database. */
export interface Access {
  readonly database: string
  /** The database for statements that are not about one. */
  readonly maintenance: string
  /** The role that connects. */
  readonly role: string
  readonly password: Secret | undefined
  /** A name, an address, or the folder of a socket; by default the usual socket. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly ssl: string
  readonly binDir: string | undefined
}

/**
 * Chooses the role, and how it connects. Without a host and a password it is peer authentication, as in the originals: the dba on the host's own socket.
 * With a password, it is the dba if `dbaPassword` is set, else the user.
 */
export function accessOf({ postgres }: PostgresEnv): Access {
  const { name, user = name, password, dba, dbaPassword, host, port, ssl, binDir, maintenance } = postgres
  const asUser = dbaPassword === undefined && (password !== undefined || isTcp(host))
  return {
    database: name,
    maintenance,
    role: asUser ? user : dba,
    password: dbaPassword ?? password,
    host,
    port,
    ssl,
    binDir,
  }
}

export const isTcp = (host: string | undefined): host is string => host !== undefined && !host.startsWith('/')

/** The user on the host who runs everything: the dba for peer authentication, otherwise the user who runs the steps. */
export function sudoOptionsOf(env: PostgresEnv): { readonly as?: string } {
  const { dba, host, password, dbaPassword } = env.postgres
  const peer = !isTcp(host) && password === undefined && dbaPassword === undefined
  return peer && dba !== (env.sudoUser ?? env.user) ? { as: dba } : {}
}
