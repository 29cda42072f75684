import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyPlugin,
  type Config,
  createBus,
  defineConfig,
  describeTarget,
  hide,
  isDragonfabError,
  type Problem,
  type RunEvents,
} from '@dragonfab/core'
import { loadProject, type Plan, selectHosts } from '@dragonfab/plan'
import {
  Connection,
  localExecutor,
  makePlan,
  matchSavedPlan,
  noInterruption,
  parsePlan,
  type RunEnd,
  runPlan,
  savePlan,
} from '@dragonfab/run'
import { createSshPool, type SshPool } from '@dragonfab/ssh'
import type { SshHosts } from '@dragonfab/test-kit'
import { git } from '../src/index.ts'

const actor = { owner: 'tester', machine: 'here', pid: process.pid }

export interface Deployment {
  /** The config's folder. */
  readonly directory: string
  /** Where a host's application lies. */
  path(host: string): string
  /** Plans and runs a task as the command line does. */
  go(task: string, set?: Readonly<Record<string, string>>): Promise<RunOutcome>
  plan(task: string, set?: Readonly<Record<string, string>>): Promise<Plan>
  /** As `--plan-out` and `apply`. */
  save(task: string): Promise<string>
  apply(text: string): Promise<RunOutcome>
  remove(): Promise<void>
}

export interface RunOutcome {
  readonly status: number
  readonly problems: readonly Problem[]
  readonly plan: Plan | undefined
  readonly end: RunEnd | undefined
  /** What steps printed, by host. */
  readonly output: Readonly<Record<string, string>>
  /** Every text that a run told: nothing secret may be in it. */
  readonly told: string
}

/** A project with this plugin, on real sshd hosts or in a folder on this machine. */
export async function deployment(
  options: Parameters<typeof git>[0] & object,
  more: {
    readonly hosts?: SshHosts
    readonly config?: Partial<Config>
    readonly directory?: string
    readonly plugins?: readonly AnyPlugin[]
    /** The user who runs the steps, and the password that sudo asks for. */
    readonly sudo?: { readonly user: string; readonly password?: string | undefined }
  } = {},
): Promise<Deployment> {
  const directory = more.directory ?? (await mkdtemp(join(tmpdir(), 'dragonfab-project-')))
  const cluster = more.hosts
  const local = await mkdtemp(join(tmpdir(), 'dragonfab-local-'))
  const path = (name: string) => join(cluster?.hosts.find((host) => host.name === name)?.root ?? local, 'shop')
  const names = cluster ? cluster.hosts.map(({ name }) => name) : ['local']
  const config = defineConfig({
    appName: 'shop',
    plugins: [git(options), ...(more.plugins ?? [])],
    environments: { test: { ...(more.sudo && { sudoUser: more.sudo.user }), hosts: names.map((name) => ({ name, path: path(name) })) } },
    ...(more.config as object),
  })
  const project = loadProject(config as unknown as Config, { directory })
  const pools: SshPool[] = []

  async function planned(task: string, set: Readonly<Record<string, string>>, saved?: Plan, attempt = 0) {
    const hosts = selectHosts(project, { environment: 'test', set, loginUser: () => cluster?.user.name ?? 'root' })
    const pool = createSshPool(cluster ? { configFile: cluster.sshConfig } : {})
    pools.push(pool)
    const connect = (name: string) => async () =>
      cluster ? pool.executor({ host: name, directory, knownHosts: cluster.knownHosts, strictHostKeys: 'yes' }) : localExecutor(name)
    const connections = new Map(
      hosts.map(({ name }) => [
        name,
        new Connection(name, {
          connect: connect(name),
          sudoUser: more.sudo?.user,
          sudoPassword: more.sudo?.password === undefined ? undefined : hide(more.sudo.password, 'sudo'),
          actor,
        }),
      ]),
    )
    const [name = '', ...args] = task.split(':')
    const signal = new AbortController().signal
    const made = await makePlan({
      project,
      environment: 'test',
      hosts,
      tasks: [{ task: name, args, when: 'next' }],
      command: [task],
      connections,
      signal,
      attempt,
      ...(saved && { saved: { run: saved.run, facts: saved.facts } }),
    })
    return { ...made, connections }
  }

  async function told(
    prepare: () => Promise<Awaited<ReturnType<typeof planned>> & { readonly fingerprints?: Plan['fingerprints'] }>,
  ): Promise<RunOutcome> {
    const output: Record<string, string> = {}
    const events: unknown[] = []
    let plan: Plan | undefined
    try {
      const made = await prepare()
      plan = made.plan
      const bus = createBus()
      bus.observeAll('test', (type, event) => {
        events.push(event)
        if (type !== 'step:output') return
        const { target, text } = event as RunEvents['step:output']
        const host = describeTarget(target)
        output[host] = (output[host] ?? '') + text
      })
      const end = await runPlan({ ...made, bus, interruption: noInterruption(), actor, directory, mayReplan: true })
      return { status: end.status, problems: end.problems, plan, end, output, told: JSON.stringify([events, plan]) }
    } catch (error) {
      if (!isDragonfabError(error)) throw error
      return { status: error.status, problems: error.problems, plan, end: undefined, output, told: error.message }
    }
  }

  return {
    directory,
    path,
    plan: async (task, set = {}) => (await planned(task, set)).plan,
    async go(task, set = {}) {
      for (let attempt = 0; ; attempt++) {
        let made: Awaited<ReturnType<typeof planned>> | undefined
        const outcome = await told(async () => {
          made = await planned(task, set, undefined, attempt)
          return made
        })
        // A release of the same second has the name.
        if (!outcome.end?.replan) return outcome
        for (const connection of made?.connections.values() ?? []) await connection.end()
      }
    },
    async save(task) {
      const { plan, code, connections } = await planned(task, {})
      const saved = await savePlan(plan, code, connections)
      for (const connection of connections.values()) await connection.end()
      return JSON.stringify(saved)
    },
    apply: (text) =>
      told(async () => {
        const saved = parsePlan(text, 'plan.json')
        const today = await planned('release', {}, saved)
        matchSavedPlan(saved, today)
        return { ...today, plan: saved, ...(saved.fingerprints && { fingerprints: saved.fingerprints }) }
      }),
    remove: async () => {
      await Promise.all(pools.map((pool) => pool.close()))
      await Promise.all([directory, local].map((each) => rm(each, { recursive: true, force: true, maxRetries: 5 })))
    },
  }
}
