import { type ConnectTarget, type Executor, type Secret, sudoUserOf, usageError } from '@dragonfab/core'
import type { HostEnv, Project, RunHost } from '@dragonfab/plan'
import { type Actor, Connection, localExecutor, sudoExecutor } from '@dragonfab/run'
import type { SshPool, SshTarget } from '@dragonfab/ssh'

export interface ConnectionsOptions {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly actor: Actor
  readonly sudoPassword: Secret | undefined
  /** The way to a host as its login user; {@link createSshLogin}, unless the hosts are not real ones. */
  readonly openLogin: (host: RunHost, env: HostEnv) => Promise<Executor>
  readonly log: (host: string, line: string) => void
  /** An executor from a host's machine on, by SSH; none where hosts are not real ones. */
  readonly ssh?: ((host: RunHost, env: HostEnv, target: ConnectTarget) => Promise<Executor>) | undefined
  /** The run only looks: plugins make and start nothing for it. */
  readonly readOnly: boolean
  /** Its tasks run on the machines that hosts are inside of. */
  readonly onMachine: boolean
}

/** One connection per place; nothing is opened before it is used. */
export function createConnections(options: ConnectionsOptions): ReadonlyMap<string, Connection> {
  const { project, hosts, actor, sudoPassword, openLogin: reach, ssh, log, readOnly: reads, onMachine: outside } = options
  const connecting = project.plugins.flatMap(({ connect }) => connect ?? [])
  // Roles that share a place share its connection too: the first of them makes it.
  const leaders = hosts.filter(({ target: place }, index) => hosts.findIndex((other) => other.target === place) === index)
  return new Map(
    leaders.map((host) => {
      const env = host.env()
      const connect = async (): Promise<Executor> => {
        checkGuestPlugin(project, host)
        let executor = await reach(host, env)
        for (const wrap of connecting) {
          const base = executor
          executor = await wrap({
            env,
            executor: base,
            directory: project.directory,
            readOnly: reads,
            onMachine: outside,
            log: (line) => log(host.target, line),
            as: (user) => sudoExecutor(base, user, sudoPassword),
            ssh: (target) => ssh?.(host, env, target) ?? Promise.reject(new Error('there is no SSH here')),
          })
        }
        return executor
      }
      return [host.target, new Connection(host.target, { connect, actor, sudoPassword, sudoUser: outside ? undefined : sudoUserOf(env) })]
    }),
  )
}

/** Without the plugin that enters it, steps would run on the machine around it. */
function checkGuestPlugin({ plugins }: Project, { name, address }: RunHost): void {
  if (address.kind !== 'guest' || plugins.some((plugin) => plugin.name === address.plugin && plugin.connect)) return
  throw usageError({
    code: 'PLUGIN_NEEDED',
    message: `${name} can be entered by plugin ${address.plugin} alone, which this run leaves out`,
    remedy: 'take it out of --no-plugins',
  })
}

/** Over SSH, or on this machine. ssh2 is loaded only when a host is reached by SSH. */
export function createSshLogin(directory: string, pool: () => Promise<SshPool>): ConnectionsOptions['openLogin'] {
  return async (host, env) => {
    const target = sshTargetOf(host, env, directory)
    return target ? (await pool()).executor(target) : localExecutor(host.target)
  }
}

/** From a host's machine on: what is known there need not be known here. */
export function createOnwardSsh(directory: string, pool: () => Promise<SshPool>): NonNullable<ConnectionsOptions['ssh']> {
  return async (host, env, { knownHosts, ...target }) =>
    (await pool()).executor({
      ...target,
      directory,
      knownHosts,
      strictHostKeys: 'yes',
      ...identities(env),
      via: sshTargetOf(host, env, directory),
    })
}

/** The machine of a host, for SSH; undefined for this machine. */
function sshTargetOf({ address }: RunHost, env: HostEnv, directory: string): SshTarget | undefined {
  const machine = address.kind === 'guest' ? address.on : address
  if (machine.kind === 'local') return undefined
  const { host, port, user } = machine
  return { host, port, user, directory, ...hostKeys(env), ...identities(env) }
}

function identities(env: HostEnv): Pick<SshTarget, 'identityFiles' | 'forwardAgent'> {
  return {
    ...(env.identityFiles?.length && { identityFiles: env.identityFiles }),
    ...(env.forwardAgent !== undefined && { forwardAgent: env.forwardAgent }),
  }
}

/** What no layer says is left to ssh_config. */
function hostKeys(env: HostEnv): Pick<SshTarget, 'knownHosts' | 'strictHostKeys'> {
  return {
    ...(env.knownHosts?.length && { knownHosts: env.knownHosts }),
    ...(env.strictHostKeys !== undefined && { strictHostKeys: env.strictHostKeys }),
  }
}
