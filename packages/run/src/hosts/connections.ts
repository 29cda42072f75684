import { type Executor, type Secret, sudoUserOf, usageError } from '@dragonfab/core'
import { type Project, type RunHost, removePlugins, type Selection, selectHosts } from '@dragonfab/plan'
import { Connection } from '../connection.ts'
import type { Actor } from '../prelude.ts'
import { sudoExecutor } from '../sudo-executor.ts'
import type { HostAccess } from './access.ts'

export interface ConnectionsOptions {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly access: HostAccess
  readonly actor: Actor
  readonly sudoPassword?: Secret | undefined
  readonly log: (host: string, line: string) => void
  /** The run changes nothing, so plugins do not create or start anything for it. */
  readonly readOnly: boolean
  /** The tasks run on the machines around the hosts. */
  readonly onMachine: boolean
}

/** Creates one connection per target. Each is opened when it is first used. */
export function createConnections(options: ConnectionsOptions): ReadonlyMap<string, Connection> {
  const { project, hosts, access, actor, sudoPassword, log, readOnly, onMachine } = options
  const wrappers = project.plugins.flatMap(({ connect }) => connect ?? [])
  // Roles that share a target share its connection too. The first of them creates it.
  const leaders = hosts.filter(({ target }, index) => hosts.findIndex((other) => other.target === target) === index)
  return new Map(
    leaders.map((host) => {
      const env = host.env()
      const connect = async (): Promise<Executor> => {
        checkGuestPlugin(project, host)
        let executor = await access.login(host, env)
        for (const wrap of wrappers) {
          const base = executor
          executor = await wrap({
            env,
            executor: base,
            directory: project.directory,
            readOnly,
            onMachine,
            log: (line) => log(host.target, line),
            as: (user) => sudoExecutor(base, user, sudoPassword),
            ssh: (target) => access.onwardSsh?.(host, env, target) ?? Promise.reject(new Error('this run has no SSH')),
          })
        }
        return executor
      }
      return [host.target, new Connection(host.target, { connect, actor, sudoPassword, sudoUser: onMachine ? undefined : sudoUserOf(env) })]
    }),
  )
}

/** Without the plugin that enters the guest, steps would run on the machine that contains it. */
function checkGuestPlugin({ plugins }: Project, { name, address }: RunHost): void {
  if (address.kind !== 'guest' || plugins.some((plugin) => plugin.name === address.plugin && plugin.connect)) return
  throw usageError({
    code: 'PLUGIN_NEEDED',
    message: `only the plugin ${address.plugin} can enter ${name}, and this run leaves it out`,
    remedy: 'remove it from --no-plugins',
  })
}

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
