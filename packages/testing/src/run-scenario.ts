import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import {
  createBus,
  DragonfabError,
  type EventName,
  type Executor,
  hostTarget,
  isDragonfabError,
  type RunEvents,
  usageError,
} from '@dragonfab/core'
import type { Plan, RunHost } from '@dragonfab/plan'
import { type Connection, createRunScope, type Interruption, makePlan, runPlan } from '@dragonfab/run'
import { createConnections, observe, type ParsedCommand } from 'dragonfab/embed'
import { describeFault, type Fault } from './faults/fault.ts'
import { FaultInjector } from './faults/faults.ts'
import { Link } from './hosts/link.ts'
import type { TestMachine } from './hosts/machine.ts'
import { TestPlan } from './plan.ts'
import { type TestEvent, TestRun } from './run.ts'

/** All that a run, or its plan, is made of. */
export interface Scenario {
  /** With the hosts' paths on this machine. */
  readonly command: ParsedCommand
  readonly machine: (host: string) => TestMachine
  /** Where faults are counted. */
  readonly folder: string
  /** When the run begins, for what is named by it. */
  readonly now: Date
  readonly faults: readonly Fault[]
  readonly reconnectMs: number
}

const actor = { owner: 'tester', machine: 'test', pid: process.pid }
/** As often as the command line plans again when a fact was taken meanwhile. */
const maxReplans = 5

class ScenarioRun {
  readonly #script: Scenario
  readonly #faults: FaultInjector
  /** The newest connection to each host. */
  readonly #links = new Map<string, Link>()
  readonly #connections: ReadonlyMap<string, Connection>
  readonly #events: TestEvent[] = []
  readonly #bus = createBus()
  readonly #interruption: Interruption
  readonly #interrupt: () => void

  constructor(script: Scenario) {
    this.#script = script
    const stop = new AbortController()
    this.#interrupt = () => stop.abort()
    this.#interruption = { stop: stop.signal, abort: new AbortController().signal, status: 130 }
    const folder = mkdtempSync(join(script.folder, 'faults-'))
    this.#faults = new FaultInjector(script.faults, { folder, interrupt: this.#interrupt, link: (host) => this.#links.get(host) })
    const { hosts, project } = script.command
    const log = (host: string, message: string): void => this.#bus.emit('note', { target: hostTarget(host), message, level: 'info' })
    const reach = async ({ target: place }: RunHost) => this.#openLink(place)
    this.#connections = createConnections({
      project,
      hosts,
      actor,
      sudoPassword: undefined,
      openLogin: reach,
      log,
      readOnly: false,
      onMachine: false,
    })
    this.#bus.observeAll('the test', (type: EventName, event: RunEvents[EventName]) => this.#events.push({ type, ...event } as TestEvent))
    observe(project, this.#bus)
  }

  readonly #scope = createRunScope()

  #openLink(name: string): Executor {
    if (this.#faults.isAway(name)) {
      throw new DragonfabError({ code: 'HOST_UNREACHABLE', host: name, message: 'it cannot be reached (by this test)' })
    }
    const link = new Link(name, this.#script.machine(name), { token: this.#faults.token, interrupt: this.#interrupt })
    this.#links.set(name, link)
    return link
  }

  plan(attempt = 0): ReturnType<typeof makePlan> {
    const { command: understood, now } = this.#script
    const { project, environment, hosts, tasks, command, options } = understood
    const { reason } = options
    const [scope, { stop: signal }] = [this.#scope, this.#interruption]
    return makePlan({ project, environment, hosts, tasks, command, reason, connections: this.#connections, signal, scope, attempt, now })
  }

  async run(): Promise<TestRun> {
    const { command: understood, reconnectMs } = this.#script
    const { options, project, hosts } = understood
    for (let attempt = 0; ; attempt++) {
      const made = await this.plan(attempt).catch((error: unknown) => this.#failPlanning(error))
      if (made instanceof TestRun) return made
      const { plan, code } = this.#faults.injectInto(made.plan, made.code)
      const end = await runPlan({
        plan,
        code,
        connections: this.#connections,
        bus: this.#bus,
        scope: this.#scope,
        interruption: this.#interruption,
        actor,
        directory: project.directory,
        parallel: options.parallel ?? hosts[0]?.env().parallel,
        lockWaitMs: options.lockWaitMs,
        reconnectMs,
        mayReplan: attempt < maxReplans,
      })
      if (!end.replan) return this.#finish(end, made.plan)
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((each) => each.end().catch(() => undefined)))
    await Promise.all([...this.#links.values()].map((each) => each.close()))
  }

  /** A text of a host with the host's own paths. */
  toHostPaths = (host: string | undefined, text: string): string =>
    host !== undefined && this.#script.command.hosts.some(({ target: place }) => place === host)
      ? this.#script.machine(host).toHostPaths(text)
      : text

  /** What the command line would end with where no plan can be made. */
  #failPlanning(error: unknown): TestRun {
    if (!isDragonfabError(error)) throw error
    return this.#finish({ status: error.status, problems: error.problems, hosts: [] }, undefined)
  }

  #finish(end: Pick<RunEvents['run:end'], 'status' | 'problems' | 'hosts'>, plan: Plan | undefined): TestRun {
    const { status, problems, hosts } = end
    const faults = this.#faults.listRecords()
    const unused = faults.filter((each) => !each.hosts.length)
    if (unused.length) {
      throw usageError(
        unused.map(({ fault }) => ({
          code: 'FAULT_UNUSED',
          message: `${describeFault(fault)} did not happen: the run did not get there, so it shows nothing of it`,
          remedy: `it ended with status ${status}${problems.map((each) => `; ${each.code}: ${each.message}`).join('')}`,
        })),
      )
    }
    return new TestRun(
      { status, problems, hosts, events: this.#events, plan: plan && new TestPlan(plan, this.toHostPaths), faults },
      this.toHostPaths,
    )
  }
}

/** Runs it on hosts that are folders. */
export async function runScenario(script: Scenario): Promise<TestRun> {
  const performance = new ScenarioRun(script)
  try {
    return await performance.run()
  } finally {
    await performance.end()
  }
}

/** Makes the plan alone; facts are asked of the hosts. */
export async function planScenario(script: Scenario): Promise<TestPlan> {
  const performance = new ScenarioRun(script)
  try {
    return new TestPlan((await performance.plan()).plan, performance.toHostPaths)
  } finally {
    await performance.end()
  }
}
