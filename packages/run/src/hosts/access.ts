import type { ConnectTarget, Executor, SshDestination } from '@dragonfab/core'
import type { HostEnv, RunHost } from '@dragonfab/plan'
import { localExecutor } from '../local-executor.ts'

/** How the hosts of a run are reached. Folders serve as hosts in tests, so this package needs no SSH itself. */
export interface HostAccess {
  /** Opens a host as its login user. */
  login(host: RunHost, env: HostEnv): Promise<Executor>
  /** Opens another machine by SSH, through a host's own machine. */
  onwardSsh?(host: RunHost, env: HostEnv, target: ConnectTarget): Promise<Executor>
  /** Opens a machine that is not a host of the run. */
  ssh?(destination: SshDestination): Promise<Executor>
  /** The user who logs in to a host if the configuration names none. */
  loginUser(host: string): Promise<string>
}

/** A machine to reach by SSH, with its settings from the configuration. ssh_config provides the rest. */
export interface SshMachine extends SshDestination {
  readonly forwardAgent?: boolean | undefined
  /** The machine through which it is reached. */
  readonly via?: SshMachine | undefined
  /** Paths of files are relative to it. */
  readonly directory: string
}

/** The part of an SSH client that a run uses. The pool of `@dragonfab/ssh` has it. */
export interface SshClient {
  executor(machine: SshMachine): Executor
  loginUser(host: string): Promise<string>
}

/** Reaches hosts over SSH, or on this machine. The client is created only when a host is reached by SSH. */
export function createSshAccess(directory: string, client: () => Promise<SshClient>): HostAccess {
  return {
    login: async (host, env) => {
      const machine = sshMachineOf(host, env, directory)
      return machine ? (await client()).executor(machine) : localExecutor(host.target)
    },
    // The caller knows the machine's host keys, so known_hosts of this machine is not used.
    onwardSsh: async (host, env, target) =>
      (await client()).executor({
        ...target,
        directory,
        strictHostKeys: 'yes',
        ...identities(env),
        via: sshMachineOf(host, env, directory),
      }),
    ssh: async (destination) => (await client()).executor({ ...destination, directory }),
    loginUser: async (host) => (await client()).loginUser(host),
  }
}

/** The machine of a host, for SSH. Undefined for this machine. */
function sshMachineOf({ address }: RunHost, env: HostEnv, directory: string): SshMachine | undefined {
  const machine = address.kind === 'guest' ? address.on : address
  if (machine.kind === 'local') return undefined
  const { host, port, user } = machine
  return { host, port, user, directory, ...hostKeys(env), ...identities(env) }
}

function identities(env: HostEnv): Pick<SshMachine, 'identityFiles' | 'forwardAgent'> {
  return {
    ...(env.identityFiles?.length && { identityFiles: env.identityFiles }),
    ...(env.forwardAgent !== undefined && { forwardAgent: env.forwardAgent }),
  }
}

/** Only the values that a layer sets. ssh_config decides the rest. */
function hostKeys(env: HostEnv): Pick<SshMachine, 'knownHosts' | 'strictHostKeys'> {
  return {
    ...(env.knownHosts?.length && { knownHosts: env.knownHosts }),
    ...(env.strictHostKeys !== undefined && { strictHostKeys: env.strictHostKeys }),
  }
}
