import { type Project, type RunHost, type Selection, selectHosts, withoutPlugins } from '@dragonfab/plan'
import type { SshPool } from '@dragonfab/ssh'
import type { Invocation } from '../arguments/invocation.ts'

/** What is needed of an invocation to know its hosts. */
export type Choice = Pick<Invocation, 'roles' | 'hosts' | 'overrides'> & { readonly options: Pick<Invocation['options'], 'noPlugins'> }

/** The choice of hosts as core understands it, without its environment. */
export function selectionOf({ roles, hosts, overrides, options }: Choice): Omit<Selection, 'environment'> {
  const set = Object.fromEntries(overrides.map(({ name, value }) => [name, value]))
  return { roles, hosts, set, withoutPlugins: options.noPlugins }
}

/** The project without the plugins that this run leaves out, and its hosts, each with its env. */
export async function chooseHosts(
  project: Project,
  environment: string,
  choice: Choice,
  tasks: readonly string[],
  pool: () => Promise<Pick<SshPool, 'loginUser'>>,
): Promise<{ readonly project: Project; readonly hosts: readonly RunHost[] }> {
  const { noPlugins } = choice.options
  const selection = { environment, tasks, ...selectionOf(choice) }
  // ssh_config is asked only for hosts whose user nobody names; which ones they are, the first selection tells.
  const unnamed = new Set<string>()
  const first = selectHosts(project, { ...selection, loginUser: (host) => void unnamed.add(host) })
  const left = noPlugins.length ? withoutPlugins(project, noPlugins) : project
  if (!unnamed.size) return { project: left, hosts: first }
  const { loginUser } = await pool()
  const users = new Map(await Promise.all([...unnamed].map(async (host) => [host, await loginUser(host)] as const)))
  return { project: left, hosts: selectHosts(project, { ...selection, loginUser: (host) => users.get(host) }) }
}
