import type { OtherHost } from '@dragonfab/core'
import type { Connection } from '../connection.ts'
import type { OtherEnvironments } from '../options.ts'
import { type ConnectionsOptions, chooseHosts, createConnections } from './connections.ts'

export interface OpenOtherEnvironments extends OtherEnvironments {
  /** Ends the connections that were opened. */
  end(): Promise<void>
}

/**
 * Opens hosts of other environments, for code steps that copy something from there. Variables and hosts on the command line are for the
 * run's own environment and do not apply to them.
 */
export function openOtherEnvironments(options: Omit<ConnectionsOptions, 'hosts' | 'readOnly' | 'onMachine'>): OpenOtherEnvironments {
  const { project, access } = options
  const opened = new Set<Connection>()
  const open = async (environment: string): Promise<readonly OtherHost[]> => {
    const { hosts } = await chooseHosts(project, { environment, tasks: [] }, access.loginUser)
    const connections = createConnections({ ...options, hosts, readOnly: true, onMachine: false })
    return hosts.map((host) => ({
      host: host.name,
      machine: host.machine,
      role: host.role,
      env: host.env(),
      executor: async (user) => {
        const connection = connections.get(host.target)
        if (!connection) throw new Error(`${host.target} has no connection`)
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
