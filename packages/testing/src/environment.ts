import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Project, type RunHost, selectHosts } from '@dragonfab/plan'
import { understand } from 'dragonfab/embed'
import type { Answers } from './commands/answers.ts'
import type { Fault } from './faults/fault.ts'
import { makeFolder, removeFolder } from './hosts/folder.ts'
import { TestHost } from './hosts/host.ts'
import { Machine } from './hosts/machine.ts'
import { sandboxed } from './hosts/sandboxed.ts'
import { perform, planOnly, type Script } from './perform.ts'
import type { TestPlan } from './plan.ts'
import type { TestRun } from './run.ts'

export interface TestOptions {
  /** Programs of all hosts and what they answer: `{ systemctl: { status: 0 } }`. Their calls are written down. */
  readonly commands?: Readonly<Record<string, Answers>> | undefined
  /** Variables besides `path` that hold absolute paths: they, too, shall lie in each host's own folder. */
  readonly inside?: readonly string[] | undefined
  /** Variables as `--set` gives them, for every plan and run. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** The program that is `sh` on the hosts (`/bin/busybox`); this machine's own by default. */
  readonly sh?: string | undefined
  /** The config's folder where the config is no file: relative paths and `local` steps start there. The working directory by default. */
  readonly directory?: string | undefined
  /** When the first run begins; each further one begins a minute later. Releases are named by it. 2026-01-01 00:00 UTC by default. */
  readonly now?: Date | undefined
}

export interface RunWith {
  /** What goes wrong. Each must happen: one that does not is an error of the test. */
  readonly faults?: readonly Fault[] | undefined
  /** How long a host that was lost after something live was sent is looked for, in milliseconds; 10,000 by default. */
  readonly reconnectMs?: number | undefined
}

/** Who logs in where neither the config nor a host says it: what ssh_config holds is no part of a test. */
const loginUser = 'deploy'

/** An environment of a project whose hosts are folders of this machine. */
export class TestEnvironment {
  readonly name: string
  readonly project: Project
  readonly hosts: readonly TestHost[]
  readonly #folder = makeFolder()
  readonly #machines = new Map<string, Machine>()
  readonly #options: TestOptions
  #runs = 0

  constructor(project: Project, name: string, options: TestOptions) {
    this.project = project
    this.name = name
    this.#options = options
    const selected = selectHosts(project, { environment: name, set: options.set, loginUser: () => loginUser })
    this.hosts = selected.map((host) => new TestHost(this.#sandboxed(host), this.#machine(host)))
  }

  /** The host of that name; without one, the only host that there is. */
  host(name?: string): TestHost {
    const found =
      name === undefined && this.hosts.length === 1
        ? this.hosts[0]
        : this.hosts.find((host) => [host.name, host.place].includes(name ?? ''))
    if (found) return found
    throw new Error(`host(${name ?? ''}): the hosts of ${this.name} are ${this.hosts.map((host) => host.name).join(', ')}`)
  }

  /** What would run: the words of the command line without the environment, `deploy --role web` or `['once', '--', 'ls -l']`. */
  async plan(words: string | readonly string[]): Promise<TestPlan> {
    return planOnly(await this.#script(words, {}))
  }

  /** Runs it, as the command line does: with facts, hooks, locks, the way back, observers. A failure is no exception: see its `status`. */
  async run(words: string | readonly string[], options: RunWith = {}): Promise<TestRun> {
    const script = await this.#script(words, options)
    this.#runs++
    return perform(script)
  }

  /** Removes all that the hosts hold; also done when the process ends. */
  remove(): void {
    removeFolder(this.#folder)
  }

  async #script(words: string | readonly string[], { faults = [], reconnectMs = 10_000 }: RunWith): Promise<Script> {
    const list = typeof words === 'string' ? words.split(/\s+/).filter(Boolean) : words
    const set = Object.entries(this.#options.set ?? {}).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    const understood = await understand(this.project, ['-s', this.name, ...set, ...list], async () => loginUser)
    const machines = new Map(understood.hosts.map((host) => [host.place, this.#machine(host)]))
    const first = this.#options.now?.getTime() ?? Date.UTC(2026, 0, 1)
    return {
      understood: { ...understood, hosts: understood.hosts.map((host) => this.#sandboxed(host)) },
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

  #sandboxed(host: RunHost): RunHost {
    return sandboxed(host, this.#options.inside ?? [], (path) => this.#machine(host).at(path))
  }

  /** Hosts of one machine share its folder. */
  #machine(host: RunHost): Machine {
    let machine = this.#machines.get(host.machine)
    if (!machine) {
      const folder = join(this.#folder, `${this.#machines.size + 1}-${host.machine.replace(/[^\w.-]/g, '_')}`)
      mkdirSync(folder)
      machine = new Machine(folder, String(host.env().user), this.#options.commands ?? {}, this.#options.sh)
      this.#machines.set(host.machine, machine)
    }
    return machine
  }
}
