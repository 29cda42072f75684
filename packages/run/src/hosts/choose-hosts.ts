import { type Project, type RunHost, removePlugins, type Selection, selectHosts } from '@dragonfab/plan'
import type { HostAccess } from './access.ts'

/** The project without the plugins that this run leaves out, and its hosts, each with its env. */
export async function chooseHosts(
  project: Project,
  selection: Omit<Selection, 'loginUser'>,
  loginUser: HostAccess['loginUser'],
): Promise<{ readonly project: Project; readonly hosts: readonly RunHost[] }> {
  const { excludedPlugins = [] } = selection
  const remaining = excludedPlugins.length ? removePlugins(project, excludedPlugins) : project
  // Asking ssh_config takes time, so the first selection finds the hosts whose user the configuration does not name.
  const unnamed = new Set<string>()
  const first = selectHosts(project, { ...selection, loginUser: (host) => void unnamed.add(host) })
  if (!unnamed.size) return { project: remaining, hosts: first }
  const users = new Map(await Promise.all([...unnamed].map(async (host) => [host, await loginUser(host)] as const)))
  return { project: remaining, hosts: selectHosts(project, { ...selection, loginUser: (host) => users.get(host) }) }
}
