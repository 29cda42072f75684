import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import {
  createBus,
  DragonfabError,
  type EventName,
  type Executor,
  isDragonfabError,
  type RunEvents,
  type RunResult,
  usageError,
} from '@dragonfab/core'
import type { Plan, RunHost } from '@dragonfab/plan'
import { type Interruption, makePlan, type OpenRun, openRun, planAndRun } from '@dragonfab/run'

import { describeFault, type Fault } from './faults/fault.ts'
import { FaultInjector } from './faults/faults.ts'
import { Link } from './hosts/link.ts'
import type { TestMachine } from './hosts/machine.ts'
import type { ParsedCommand } from './parse-command.ts'
import { TestPlan } from './plan.ts'
import { type TestEvent, TestRun } from './run.ts'

/** Everything that a plan and its run need. */
export interface Scenario {
  /** With the hosts' paths on this machine. */
  readonly command: ParsedCommand
  readonly machine: (host: string) => TestMachine
  /** Where faults are counted. */
  readonly folder: string
  /** When the run begins. Releases are named by it. */
  readonly now: Date
  readonly faults: readonly Fault[]
  readonly reconnectMs: number
}

/** The user who logs in if neither the configuration nor a host names one: a test must not depend on ssh_config. */
export const loginUser = 'deploy'

const actor = { owner: 'tester', machine: 'test', pid: process.pid }

class ScenarioRun {
  readonly #scenario: Scenario
  readonly #faults: FaultInjector
  /** The newest connection to each host. */
  readonly #links = new Map<string, Link>()
  readonly #run: OpenRun
  readonly #events: TestEvent[] = []
  readonly #interruption: Interruption
  readonly #interrupt: () => void
  /** The newest plan, without faults. */
  #plan: Plan | undefined

  constructor(scenario: Scenario, { planOnly }: { readonly planOnly: boolean }) {
    this.#scenario = scenario
    const stop = new AbortController()
    this.#interrupt = () => stop.abort()
    this.#interruption = { stop: stop.signal, abort: new AbortController().signal, status: 130 }
    const folder = mkdtempSync(join(scenario.folder, 'faults-'))
    this.#faults = new FaultInjector(scenario.faults, { folder, interrupt: this.#interrupt, link: (host) => this.#links.get(host) })
    const { hosts, project, tasks } = scenario.command
    const bus = createBus()
    bus.observeAll('the test', (type: EventName, event: RunEvents[EventName]) => this.#events.push({ type, ...event } as TestEvent))
    const access = { login: async ({ target }: RunHost) => this.#openLink(target), loginUser: async () => loginUser }
    this.#run = openRun({ project, hosts, tasks: tasks.map(({ task }) => task), access, actor, bus, planOnly })
  }

  #openLink(name: string): Executor {
    if (this.#faults.isAway(name)) {
      throw new DragonfabError({ code: 'HOST_UNREACHABLE', host: name, message: 'this test makes it unreachable' })
    }
    const link = new Link(name, this.#scenario.machine(name), { token: this.#faults.token, interrupt: this.#interrupt })
    this.#links.set(name, link)
    return link
  }

  async plan(): Promise<TestPlan> {
    const { plan } = await makePlan({ ...this.#planOptions(), signal: this.#interruption.stop })
    return new TestPlan(plan, this.toHostPaths)
  }

  async run(): Promise<TestRun> {
    const { command, reconnectMs } = this.#scenario
    const { parallel, lockWaitMs } = command.options
    let planningError: unknown
    const makeFaultyPlan: typeof makePlan = async (options) => {
      this.#plan = undefined
      const made = await makePlan(options).catch((error: unknown) => {
        planningError = error
        throw error
      })
      this.#plan = made.plan
      return this.#faults.injectInto(made.plan, made.code)
    }
    const options = { ...this.#planOptions(), interruption: this.#interruption, parallel, lockWaitMs, reconnectMs }
    const end = await planAndRun({ ...options, bus: this.#run.bus, actor, makePlan: makeFaultyPlan }).catch((error: unknown) => {
      if (!isDragonfabError(error) || error !== planningError) throw error
      // The status that the command line would exit with.
      return { status: error.status, problems: error.problems, hosts: [] }
    })
    return this.#finish(end)
  }

  #planOptions() {
    const { command, now } = this.#scenario
    const { environment, tasks, options } = command
    const { project, hosts, connections, scope } = this.#run
    return { project, environment, hosts, tasks, command: command.command, reason: options.reason, connections, scope, now }
  }

  async end(): Promise<void> {
    await this.#run.end()
    await Promise.all([...this.#links.values()].map((each) => each.close()))
  }

  /** A text of a host with the host's own paths. */
  toHostPaths = (host: string | undefined, text: string): string =>
    host !== undefined && this.#scenario.command.hosts.some(({ target }) => target === host)
      ? this.#scenario.machine(host).toHostPaths(text)
      : text

  #finish(end: Pick<RunResult, 'status' | 'problems' | 'hosts'>): TestRun {
    const { status, problems, hosts } = end
    const faults = this.#faults.listRecords()
    const unused = faults.filter((each) => !each.hosts.length)
    if (unused.length) {
      throw usageError(
        unused.map(({ fault }) => ({
          code: 'FAULT_UNUSED',
          message: `${describeFault(fault)} did not happen: the run ended with status ${status} before that step${problems.map((each) => `; ${each.code}: ${each.message}`).join('')}`,
        })),
      )
    }
    return new TestRun(
      { status, problems, hosts, events: this.#events, plan: this.#plan && new TestPlan(this.#plan, this.toHostPaths), faults },
      this.toHostPaths,
    )
  }
}

/** Runs it on hosts that are folders. */
export async function runScenario(scenario: Scenario): Promise<TestRun> {
  const run = new ScenarioRun(scenario, { planOnly: false })
  try {
    return await run.run()
  } finally {
    await run.end()
  }
}

/** Makes the plan only; facts are asked of the hosts. */
export async function planScenario(scenario: Scenario): Promise<TestPlan> {
  const run = new ScenarioRun(scenario, { planOnly: true })
  try {
    return await run.plan()
  } finally {
    await run.end()
  }
}
