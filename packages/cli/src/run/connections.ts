import { type AnyEnv, type Executor, localExecutor, type Project, type RunHost, type Secret } from '@dragonfab/core'
import { type Actor, Connection } from '@dragonfab/run'
import type { SshPool, SshTarget, StrictHostKeys } from '@dragonfab/ssh'

export interface ConnectionsOptions {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly actor: Actor
  readonly sudoPassword: Secret | undefined
  /** The way to a host as its login user; {@link bySsh}, unless the hosts are not real ones. */
  readonly reach: (host: RunHost, env: AnyEnv) => Promise<Executor>
  readonly log: (host: string, line: string) => void
}

/** One connection per place; nothing is opened before it is used. */
export function connectionsOf({ project, hosts, actor, sudoPassword, reach, log }: ConnectionsOptions): ReadonlyMap<string, Connection> {
  const connecting = project.plugins.flatMap(({ connect }) => connect ?? [])
  // Roles that share a place share its connection too: the first of them makes it.
  const leaders = hosts.filter(({ place }, index) => hosts.findIndex((other) => other.place === place) === index)
  return new Map(
    leaders.map((host) => {
      const env = host.env()
      const connect = async (): Promise<Executor> => {
        let executor = await reach(host, env)
        for (const wrap of connecting)
          executor = await wrap({ env, executor, directory: project.directory, log: (line) => log(host.place, line) })
        return executor
      }
      const other = env.sudoUser !== undefined && env.sudoUser !== env.user
      return [host.place, new Connection(host.place, { connect, actor, sudoPassword, sudoUser: other ? String(env.sudoUser) : undefined })]
    }),
  )
}

/** Over SSH, or on this machine. ssh2 is loaded only when a host is reached by SSH. */
export function bySsh(directory: string, pool: () => Promise<SshPool>): ConnectionsOptions['reach'] {
  return async (host, env) => {
    const { address } = host
    if (address.kind === 'local') return localExecutor(host.place)
    const { host: name, port, user } = address
    const target: SshTarget = { host: name, port, user, directory, ...hostKeys(env), ...identities(env) }
    return (await pool()).executor(target)
  }
}

function identities(env: AnyEnv): Pick<SshTarget, 'identityFiles' | 'forwardAgent'> {
  const files = Array.isArray(env.identityFiles) ? env.identityFiles.map(String) : []
  return {
    ...(files.length ? { identityFiles: files } : {}),
    ...(typeof env.forwardAgent === 'boolean' ? { forwardAgent: env.forwardAgent } : {}),
  }
}

/** What no layer says is left to ssh_config. */
function hostKeys(env: AnyEnv): Pick<SshTarget, 'knownHosts' | 'strictHostKeys'> {
  const files = Array.isArray(env.knownHosts) ? env.knownHosts.map(String) : []
  return {
    ...(files.length ? { knownHosts: files } : {}),
    ...(env.strictHostKeys === undefined ? {} : { strictHostKeys: env.strictHostKeys as StrictHostKeys }),
  }
}
