import type { OtherHost, Secret } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import type { Actor, Connection, Elsewhere } from '@dragonfab/run'
import type { SshPool } from '@dragonfab/ssh'
import { bySsh, connectionsOf, sshBeyond } from './connections.ts'
import { chooseHosts } from './hosts.ts'

export interface OpenElsewhere extends Elsewhere {
  /** Ends the connections that were opened. */
  bye(): Promise<void>
}

/** Hosts of other environments than that of the run, for code steps that bring something from there. Variables of the command line are not theirs. */
export function elsewhere(options: {
  readonly project: Project
  readonly actor: Actor
  readonly sudoPassword: Secret | undefined
  readonly pool: () => Promise<SshPool>
  readonly log: (host: string, line: string) => void
}): OpenElsewhere {
  const { project, actor, sudoPassword, pool, log } = options
  const opened = new Set<Connection>()
  const open = async (environment: string): Promise<readonly OtherHost[]> => {
    const choice = { roles: [], hosts: [], overrides: [], options: { noPlugins: [] } }
    const { hosts } = await chooseHosts(project, environment, choice, [], pool)
    const [reach, ssh] = [bySsh(project.directory, pool), sshBeyond(project.directory, pool)]
    const connections = connectionsOf({ project, hosts, actor, sudoPassword, reach, ssh, log, reads: true, outside: false })
    return hosts.map((host) => ({
      host: host.name,
      machine: host.machine,
      role: host.role,
      env: host.env(),
      executor: async (user) => {
        const connection = connections.get(host.place)
        if (!connection) throw new Error(`no way to ${host.place}`)
        opened.add(connection)
        return connection.executor(user)
      },
    }))
  }
  const known = new Map<string, Promise<readonly OtherHost[]>>()
  return {
    environments: Object.keys(project.environments),
    hosts: (environment) => {
      const found = known.get(environment) ?? open(environment)
      known.set(environment, found)
      return found
    },
    bye: async () => void (await Promise.all([...opened].map((each) => each.bye().catch(() => undefined)))),
  }
}
