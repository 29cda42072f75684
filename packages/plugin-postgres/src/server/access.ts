import type { Secret } from '@dragonfab/core'
import type { PostgresEnv } from '../env.ts'

/** How a database is reached from the host. */
export interface Access {
  readonly database: string
  /** The database for questions that are not about one. */
  readonly maintenance: string
  /** Who connects. */
  readonly role: string
  readonly password: Secret | undefined
  /** A name or an address, or the folder of a socket; the usual socket where there is none. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly ssl: string
  readonly binDir: string | undefined
}

/**
 * Who connects, and how. Without a host and a password it is peer authentication, as the originals have it: the dba on the host's own socket.
 * A password is that of the dba, or else of the user.
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

/** The user of the machine as whom all is run: the dba, where the server knows people by that; who runs the steps else. */
export function sudoOptionsOf(env: PostgresEnv): { readonly as?: string } {
  const { dba, host, password, dbaPassword } = env.postgres
  const peer = !isTcp(host) && password === undefined && dbaPassword === undefined
  return peer && dba !== (env.sudoUser ?? env.user) ? { as: dba } : {}
}
