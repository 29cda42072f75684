import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Project, type RunHost, selectHosts } from '@dragonfab/plan'

import type { Answers } from './commands/answers.ts'
import type { Fault } from './faults/fault.ts'
import { makeFolder, removeFolder } from './hosts/folder.ts'
import { TestHost } from './hosts/host.ts'
import { TestMachine } from './hosts/machine.ts'
import { sandboxHost } from './hosts/sandbox-host.ts'
import { parseCommand } from './parse-command.ts'
import type { TestPlan } from './plan.ts'
import type { TestRun } from './run.ts'
import { loginUser, planScenario, runScenario, type Scenario } from './run-scenario.ts'

export interface TestOptions {
  /** Programs of all hosts and their answers: `{ systemctl: { status: 0 } }`. Their calls are recorded. */
  readonly commands?: Readonly<Record<string, Answers>> | undefined
  /** Variables besides `path` that hold absolute paths. They are moved into each host's own folder, too. */
  readonly pathVariables?: readonly string[] | undefined
  /** Variables for every plan and run, as with `--set`. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** The program that is `sh` on the hosts (`/bin/busybox`); this machine's own by default. */
  readonly sh?: string | undefined
  /** The config's folder, if the config is not a file. Relative paths and `local` steps start there. The working directory by default. */
  readonly directory?: string | undefined
  /** When the first run begins, which names its release; each later run begins a minute after the one before. 2026-01-01 00:00 UTC by default. */
  readonly now?: Date | undefined
}

export interface TestRunOptions {
  /** What goes wrong. If one of them does not happen, the test has an error. */
  readonly faults?: readonly Fault[] | undefined
  /** Milliseconds for connecting again to a host that was lost after something live was sent; 10,000 by default. */
  readonly reconnectMs?: number | undefined
}

/** An environment of a project whose hosts are folders of this machine. */
export class TestEnvironment {
  readonly name: string
  readonly project: Project
  readonly hosts: readonly TestHost[]
  readonly #folder = makeFolder()
  readonly #machines = new Map<string, TestMachine>()
  readonly #options: TestOptions
  #runs = 0

  constructor(project: Project, name: string, options: TestOptions) {
    this.project = project
    this.name = name
    this.#options = options
    const selected = selectHosts(project, { environment: name, set: options.set, loginUser: () => loginUser })
    this.hosts = selected.map((host) => new TestHost(this.#sandboxHost(host), this.#machine(host)))
  }

  /** Returns the host with this name. Without a name: the only host. */
  host(name?: string): TestHost {
    const found =
      name === undefined && this.hosts.length === 1
        ? this.hosts[0]
        : this.hosts.find((host) => [host.name, host.target].includes(name ?? ''))
    if (found) return found
    throw new Error(`host(${name ?? ''}): the hosts of ${this.name} are ${this.hosts.map((host) => host.name).join(', ')}`)
  }

  /** Plans without running. Write the words of the command line without the environment: `deploy --role web` or `['once', '--', 'ls -l']`. */
  async plan(words: string | readonly string[]): Promise<TestPlan> {
    return planScenario(await this.#createScenario(words, {}))
  }

  /** Runs it as the command line does: with facts, hooks, locks, undo, observers. A failed run throws nothing: see its `status`. */
  async run(words: string | readonly string[], options: TestRunOptions = {}): Promise<TestRun> {
    const scenario = await this.#createScenario(words, options)
    this.#runs++
    return runScenario(scenario)
  }

  /** Removes the hosts' folders. This also happens when the process ends. */
  remove(): void {
    removeFolder(this.#folder)
  }

  async #createScenario(words: string | readonly string[], { faults = [], reconnectMs = 10_000 }: TestRunOptions): Promise<Scenario> {
    const list = typeof words === 'string' ? words.split(/\s+/).filter(Boolean) : words
    const set = Object.entries(this.#options.set ?? {}).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    const command = await parseCommand(this.project, ['-s', this.name, ...set, ...list], async () => loginUser)
    const machines = new Map(command.hosts.map((host) => [host.target, this.#machine(host)]))
    const first = this.#options.now?.getTime() ?? Date.UTC(2026, 0, 1)
    return {
      command: { ...command, hosts: command.hosts.map((host) => this.#sandboxHost(host)) },
      machine: (host) => {
        const machine = machines.get(host)
        if (!machine) throw new Error(`there is no host ${host}`)
        return machine
      },
      folder: this.#folder,
      now: new Date(first + this.#runs * 60_000),
      faults,
      reconnectMs,
    }
  }

  #sandboxHost(host: RunHost): RunHost {
    return sandboxHost(host, this.#options.pathVariables ?? [], (path) => this.#machine(host).localPath(path))
  }

  /** Hosts of one machine share its folder. */
  #machine(host: RunHost): TestMachine {
    let machine = this.#machines.get(host.machine)
    if (!machine) {
      const folder = join(this.#folder, `${this.#machines.size + 1}-${host.machine.replace(/[^\w.-]/g, '_')}`)
      mkdirSync(folder)
      machine = new TestMachine(folder, host.env().user ?? '', this.#options.commands ?? {}, this.#options.sh)
      this.#machines.set(host.machine, machine)
    }
    return machine
  }
}
