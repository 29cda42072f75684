import { type Project, type RunHost, removePlugins, type Selection, selectHosts } from '@dragonfab/plan'
import type { SshPool } from '@dragonfab/ssh'
import type { CommandLine } from '../arguments/invocation.ts'

/** What is needed of an invocation to know its hosts. */
export type HostChoice = Pick<CommandLine, 'roles' | 'hosts' | 'overrides'> & {
  readonly options: Pick<CommandLine['options'], 'noPlugins'>
}

/** The choice of hosts as core understands it, without its environment. */
export function selectionOf({ roles, hosts, overrides, options }: HostChoice): Omit<Selection, 'environment'> {
  const set = Object.fromEntries(overrides.map(({ name, value }) => [name, value]))
  return { roles, hosts, set, excludedPlugins: options.noPlugins }
}

/** The project without the plugins that this run leaves out, and its hosts, each with its env. */
export async function chooseHosts(
  project: Project,
  environment: string,
  choice: HostChoice,
  tasks: readonly string[],
  pool: () => Promise<Pick<SshPool, 'loginUser'>>,
): Promise<{ readonly project: Project; readonly hosts: readonly RunHost[] }> {
  const { noPlugins } = choice.options
  const selection = { environment, tasks, ...selectionOf(choice) }
  // ssh_config is asked only for hosts whose user nobody names; which ones they are, the first selection tells.
  const unnamed = new Set<string>()
  const first = selectHosts(project, { ...selection, loginUser: (host) => void unnamed.add(host) })
  const remaining = noPlugins.length ? removePlugins(project, noPlugins) : project
  if (!unnamed.size) return { project: remaining, hosts: first }
  const { loginUser } = await pool()
  const users = new Map(await Promise.all([...unnamed].map(async (host) => [host, await loginUser(host)] as const)))
  return { project: remaining, hosts: selectHosts(project, { ...selection, loginUser: (host) => users.get(host) }) }
}
