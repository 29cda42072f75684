import { type Project, type RunHost, selectHosts, withoutPlugins } from '@dragonfab/core'
import type { SshPool } from '@dragonfab/ssh'
import type { Invocation } from '../arguments/invocation.ts'

/** What is needed of an invocation to know its hosts. */
export type Choice = Pick<Invocation, 'roles' | 'hosts' | 'overrides'> & { readonly options: Pick<Invocation['options'], 'noPlugins'> }

/** The project without the plugins that this run leaves out, and its hosts, each with its env. */
export async function chooseHosts(
  project: Project,
  environment: string,
  choice: Choice,
  pool: () => Promise<SshPool>,
): Promise<{ readonly project: Project; readonly hosts: readonly RunHost[] }> {
  const { noPlugins } = choice.options
  const selection = {
    environment,
    roles: choice.roles,
    hosts: choice.hosts,
    set: Object.fromEntries(choice.overrides.map(({ name, value }) => [name, value])),
    withoutPlugins: noPlugins,
  }
  // ssh_config is asked only for hosts whose user nobody names; which ones they are, the first selection tells.
  const unnamed = new Set<string>()
  const first = selectHosts(project, { ...selection, loginUser: (host) => void unnamed.add(host) })
  const left = noPlugins.length ? withoutPlugins(project, noPlugins) : project
  if (!unnamed.size) return { project: left, hosts: first }
  const { loginUser } = await pool()
  const users = new Map(await Promise.all([...unnamed].map(async (host) => [host, await loginUser(host)] as const)))
  return { project: left, hosts: selectHosts(project, { ...selection, loginUser: (host) => users.get(host) }) }
}
