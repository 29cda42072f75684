import { type AnyEnv, type ConnectTarget, type Executor, type Secret, usageError } from '@dragonfab/core'
import type { Project, RunHost } from '@dragonfab/plan'
import { type Actor, asUser, Connection, localExecutor } from '@dragonfab/run'
import type { SshPool, SshTarget, StrictHostKeys } from '@dragonfab/ssh'

export interface ConnectionsOptions {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly actor: Actor
  readonly sudoPassword: Secret | undefined
  /** The way to a host as its login user; {@link bySsh}, unless the hosts are not real ones. */
  readonly reach: (host: RunHost, env: AnyEnv) => Promise<Executor>
  readonly log: (host: string, line: string) => void
  /** An executor from a host's machine on, by SSH; none where hosts are not real ones. */
  readonly ssh?: ((host: RunHost, env: AnyEnv, target: ConnectTarget) => Promise<Executor>) | undefined
  /** The run only looks: plugins make and start nothing for it. */
  readonly reads: boolean
  /** Its tasks run on the machines that hosts are inside of. */
  readonly outside: boolean
}

/** One connection per place; nothing is opened before it is used. */
export function connectionsOf(options: ConnectionsOptions): ReadonlyMap<string, Connection> {
  const { project, hosts, actor, sudoPassword, reach, ssh, log, reads, outside } = options
  const connecting = project.plugins.flatMap(({ connect }) => connect ?? [])
  // Roles that share a place share its connection too: the first of them makes it.
  const leaders = hosts.filter(({ place }, index) => hosts.findIndex((other) => other.place === place) === index)
  return new Map(
    leaders.map((host) => {
      const env = host.env()
      const connect = async (): Promise<Executor> => {
        checkEntered(project, host)
        let executor = await reach(host, env)
        for (const wrap of connecting) {
          const base = executor
          executor = await wrap({
            env,
            executor: base,
            directory: project.directory,
            reads,
            outside,
            log: (line) => log(host.place, line),
            as: (user) => asUser(base, user, sudoPassword),
            ssh: (target) => ssh?.(host, env, target) ?? Promise.reject(new Error('there is no SSH here')),
          })
        }
        return executor
      }
      const other = !outside && env.sudoUser !== undefined && env.sudoUser !== env.user
      return [host.place, new Connection(host.place, { connect, actor, sudoPassword, sudoUser: other ? String(env.sudoUser) : undefined })]
    }),
  )
}

/** Without the plugin that enters it, steps would run on the machine around it. */
function checkEntered({ plugins }: Project, { name, address }: RunHost): void {
  if (address.kind !== 'inside' || plugins.some((plugin) => plugin.name === address.plugin && plugin.connect)) return
  throw usageError({
    code: 'PLUGIN_NEEDED',
    message: `${name} can be entered by plugin ${address.plugin} alone, which this run leaves out`,
    remedy: 'take it out of --no-plugins',
  })
}

/** Over SSH, or on this machine. ssh2 is loaded only when a host is reached by SSH. */
export function bySsh(directory: string, pool: () => Promise<SshPool>): ConnectionsOptions['reach'] {
  return async (host, env) => {
    const target = targetOf(host, env, directory)
    return target ? (await pool()).executor(target) : localExecutor(host.place)
  }
}

/** From a host's machine on: what is known there need not be known here. */
export function sshBeyond(directory: string, pool: () => Promise<SshPool>): NonNullable<ConnectionsOptions['ssh']> {
  return async (host, env, { knownHosts, ...target }) =>
    (await pool()).executor({
      ...target,
      directory,
      knownHosts,
      strictHostKeys: 'yes',
      ...identities(env),
      via: targetOf(host, env, directory),
    })
}

/** The machine of a host, for SSH; undefined for this machine. */
function targetOf({ address }: RunHost, env: AnyEnv, directory: string): SshTarget | undefined {
  const machine = address.kind === 'inside' ? address.on : address
  if (machine.kind === 'local') return undefined
  const { host, port, user } = machine
  return { host, port, user, directory, ...hostKeys(env), ...identities(env) }
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
