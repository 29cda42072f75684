import type { OtherHost, Secret } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import type { Actor, Connection, OtherEnvironments } from '@dragonfab/run'
import type { SshPool } from '@dragonfab/ssh'
import { createConnections, createOnwardSsh, createSshLogin } from './connections.ts'
import { chooseHosts } from './hosts.ts'

export interface OpenOtherEnvironments extends OtherEnvironments {
  /** Ends the connections that were opened. */
  end(): Promise<void>
}

/** Hosts of other environments than that of the run, for code steps that bring something from there. Variables of the command line are not theirs. */
export function openOtherEnvironments(options: {
  readonly project: Project
  readonly actor: Actor
  readonly sudoPassword: Secret | undefined
  readonly pool: () => Promise<SshPool>
  readonly log: (host: string, line: string) => void
}): OpenOtherEnvironments {
  const { project, actor, sudoPassword, pool, log } = options
  const opened = new Set<Connection>()
  const open = async (environment: string): Promise<readonly OtherHost[]> => {
    const choice = { roles: [], hosts: [], overrides: [], options: { noPlugins: [] } }
    const { hosts } = await chooseHosts(project, environment, choice, [], pool)
    const [reach, ssh] = [createSshLogin(project.directory, pool), createOnwardSsh(project.directory, pool)]
    const connections = createConnections({
      project,
      hosts,
      actor,
      sudoPassword,
      openLogin: reach,
      ssh,
      log,
      readOnly: true,
      onMachine: false,
    })
    return hosts.map((host) => ({
      host: host.name,
      machine: host.machine,
      role: host.role,
      env: host.env(),
      executor: async (user) => {
        const connection = connections.get(host.target)
        if (!connection) throw new Error(`no way to ${host.target}`)
        opened.add(connection)
        return connection.executor(user)
      },
    }))
  }
  const hostsByEnvironment = new Map<string, Promise<readonly OtherHost[]>>()
  return {
    environments: Object.keys(project.environments),
    hosts: (environment) => {
      const found = hostsByEnvironment.get(environment) ?? open(environment)
      hostsByEnvironment.set(environment, found)
      return found
    },
    end: async () => void (await Promise.all([...opened].map((each) => each.end().catch(() => undefined)))),
  }
}
