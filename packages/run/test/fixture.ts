import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyEnv,
  type AnyPlugin,
  createBus,
  type Executor,
  type Flow,
  type Hook,
  type RunEvents,
  type Secret,
  type TaskSpec,
} from '@dragonfab/core'
import { buildPlan, type HostEnv, type PlanHost, type PlanSource } from '@dragonfab/plan'
import { Connection, noInterruption, type RunEnd, type RunOptions, runPlan } from '../src/index.ts'
import { localExecutor } from '../src/local-executor.ts'

export const actor = { owner: 'tester', machine: 'here', pid: process.pid }

/** A plugin in the shape that the machinery sees. */
function plugin(parts: Partial<AnyPlugin>): AnyPlugin {
  const empty = {
    needs: [],
    options: {},
    variables: {},
    given: {},
    defaults: {},
    signals: [],
    flows: {},
    hooks: {},
    facts: {},
    tasks: {},
    observe: {},
  }
  return { name: 'probe', order: 'normal', ...empty, ...parts } as unknown as AnyPlugin
}

export interface World {
  readonly folder: string
  readonly source: PlanSource
  readonly hosts: readonly PlanHost[]
  /** Every event of the runs so far. */
  readonly events: [keyof RunEvents, RunEvents[keyof RunEvents]][]
  go(tasks: readonly string[], more?: Partial<RunOptions>): Promise<RunEnd>
}

/** Hosts that are folders of this machine, each with its own state directory; what runs there is real. */
export async function world(parts: {
  readonly flow?: Flow
  readonly hooks?: Record<string, Hook>
  readonly tasks?: Record<string, TaskSpec>
  readonly hosts?: number | readonly string[]
  readonly env?: AnyEnv
  /** Real hosts instead of folders of this machine. */
  readonly places?: readonly { readonly name: string; readonly path: string; connect(): Promise<Executor> }[]
  readonly sudoUser?: string
  readonly sudoPassword?: Secret
}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'dragonfab-run-'))
  const folders = () =>
    (Array.isArray(parts.hosts) ? parts.hosts : Array.from({ length: Number(parts.hosts ?? 1) }, (_, index) => `h${index + 1}`)).map(
      (name: string) => ({
        name,
        path: join(folder, name),
        connect: async () => localExecutor(name),
      }),
    )
  const places = parts.places ?? folders()
  const hosts = places.map(({ name, path }): PlanHost => {
    const env = {
      appName: 'shop',
      path,
      stateDir: join(path, '.dragonfab'),
      user: 'root',
      ...(parts.sudoUser !== undefined && { sudoUser: parts.sudoUser }),
      shellEnv: {},
      taskPlugins: {},
      name,
      ...parts.env,
    }
    return { name, role: undefined, env: () => env as unknown as HostEnv }
  })
  const source: PlanSource = {
    directory: folder,
    plugins: [plugin({ hooks: parts.hooks ?? {} })],
    hooks: {},
    flows: parts.flow ? { release: { plugin: 'probe', flow: parts.flow } } : {},
    tasks: Object.fromEntries(Object.entries(parts.tasks ?? {}).map(([name, spec]) => [name, { plugin: 'probe', spec }])),
  }
  const events: World['events'] = []
  const connect = () =>
    new Map(
      places.map(({ name, connect }) => [
        name,
        new Connection(name, { connect, sudoUser: parts.sudoUser, sudoPassword: parts.sudoPassword, actor }),
      ]),
    )
  let runs = 0
  return {
    folder,
    source,
    hosts,
    events,
    async go(tasks, more = {}) {
      const { plan, code } = buildPlan(source, {
        run: `run-${++runs}`,
        environment: 'test',
        command: tasks,
        tasks: tasks.map((text) => {
          const [task = '', ...args] = text.split(':')
          const [name = '', when = 'next'] = task.split('!')
          return { task: name, args, when: when as 'next' }
        }),
        hosts,
        facts: { local: {}, hosts: {} },
      })
      const bus = createBus()
      bus.observeAll('test', (type, event) => void events.push([type, event]))
      return runPlan({ plan, code, connections: connect(), bus, interruption: noInterruption(), actor, directory: folder, ...more })
    },
  }
}
