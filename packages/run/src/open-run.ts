import { type Bus, hostTarget, type RunScope, type Secret, usageError } from '@dragonfab/core'
import { describeTask, type Project, type RunHost } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import type { HostAccess } from './hosts/access.ts'
import { createConnections } from './hosts/connections.ts'
import { openOtherEnvironments } from './hosts/other-environments.ts'
import { observe } from './observers.ts'
import type { OtherEnvironments } from './options.ts'
import type { Actor } from './prelude.ts'
import { createRunScope } from './run-scope.ts'

export interface OpenRunOptions {
  /** The project without the plugins that the run leaves out. */
  readonly project: Project
  readonly hosts: readonly RunHost[]
  /** Names of the tasks that will be planned. */
  readonly tasks: readonly string[]
  readonly access: HostAccess
  readonly actor: Actor
  readonly sudoPassword?: Secret | undefined
  readonly bus: Bus
  /** The tasks are only planned (`--dry-run`). */
  readonly planOnly?: boolean | undefined
}

/** The data that planning and running share. Pass it to {@link planAndRun}, or to `makePlan` and `runPlan`. */
export interface OpenRun {
  readonly project: Project
  readonly hosts: readonly RunHost[]
  readonly connections: ReadonlyMap<string, Connection>
  readonly scope: RunScope
  readonly otherEnvironments: OtherEnvironments
  readonly bus: Bus
  readonly actor: Actor
  /** Ends all connections. */
  end(): Promise<void>
}

/** Prepares the connections of a run and registers the plugins' observers. A host is connected to when it is first needed. */
export function openRun(options: OpenRunOptions): OpenRun {
  const { project, hosts, tasks, access, actor, sudoPassword, bus, planOnly = false } = options
  const log = (host: string, message: string): void => bus.emit('note', { target: hostTarget(host), message, level: 'info' })
  observe(project, bus)
  for (const { name, target, companion } of hosts)
    if (companion) log(target, `${name} is included: it shares the machine and path of a host that you chose, so the release serves both`)
  const { readOnly, onMachine } = classifyTasks(project, tasks)
  const shared = { project, access, actor, sudoPassword, log }
  const connections = createConnections({ ...shared, hosts, readOnly: readOnly || planOnly, onMachine })
  const otherEnvironments = openOtherEnvironments(shared)
  const endConnections = () => [...connections.values()].map((each) => each.end().catch(() => undefined))
  return {
    project,
    hosts,
    connections,
    scope: createRunScope(access.ssh),
    otherEnvironments,
    bus,
    actor,
    end: async () => void (await Promise.all([otherEnvironments.end(), ...endConnections()])),
  }
}

/** Whether tasks change nothing, and whether they run on the machines that contain the hosts. */
function classifyTasks(project: Project, tasks: readonly string[]): { readonly readOnly: boolean; readonly onMachine: boolean } {
  const infoOf = (task: string) => describeTask(project, task)
  const isOnMachine = (task: string): boolean => infoOf(task)?.onMachine ?? false
  const machineTasks = tasks.filter(isOnMachine)
  const hostTasks = tasks.filter((task) => !isOnMachine(task))
  if (machineTasks.length && hostTasks.length)
    throw usageError({
      code: 'TARGETS_MIXED',
      message: `one run cannot mix ${machineTasks.join(', ')}, on the machine that contains the guest, with ${hostTasks.join(', ')}, in the guest`,
      remedy: 'run them one after the other',
    })
  return { readOnly: tasks.length > 0 && tasks.every((task) => infoOf(task)?.preparesHosts === false), onMachine: machineTasks.length > 0 }
}
