import { type EventName, hostTarget, type RunEvents, type RunResult, type StepRef, type StepTarget } from '@dragonfab/core'
import type { Reporter } from '../src/reporter/reporter.ts'

/** Plays a run to a reporter, with a clock that only moves when told to. */
export class Play {
  now = 1_000_000
  readonly hosts: readonly string[]
  readonly #reporter: Reporter

  constructor(hosts: readonly string[], make: (now: () => number) => Reporter) {
    this.hosts = hosts
    this.#reporter = make(() => this.now)
  }

  tell<T extends EventName>(type: T, event: RunEvents[T]): void {
    this.#reporter.event(type, event)
  }

  start(command: readonly string[] = ['release'], release = '240101-120000'): void {
    this.tell('run:start', { format: 1, run: 'r', environment: 'production', command, hosts: this.hosts, release })
    for (const host of this.hosts) this.tell('host:connected', { host, label: `ssh:${host}`, ms: 20 })
  }

  phase(phase: string, task = 'release', undoing = false): void {
    this.tell('phase:start', { task, phase, undoing, hosts: this.hosts })
  }

  phaseEnd(phase: string, ok = true, task = 'release', undoing = false): void {
    this.tell('phase:end', { task, phase, undoing, ok, ms: 1 })
  }

  begin(host: string | StepTarget, title: string, plugin = 'git', task = 'release'): StepRef {
    const target = typeof host === 'string' ? hostTarget(host) : host
    const place = { target, task, phase: 'p', signal: task === 'release' ? 'deploy.updating' : task, plugin, title, undoing: false }
    this.tell('step:start', place)
    return place
  }

  say(place: StepRef, text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    this.tell('step:output', { ...place, stream, text })
  }

  finish(place: StepRef, ms: number, status = 0, warned = false): void {
    this.tell('step:end', { ...place, status, ok: status === 0, warned, ms })
  }

  /** A step from beginning to end on these hosts, one after the other in time, all at once on the clock. */
  step(title: string, plugin = 'git', ms = 1200, hosts = this.hosts): void {
    const places = hosts.map((host) => this.begin(host, title, plugin))
    this.now += ms
    for (const place of places) this.finish(place, ms)
  }

  async end(result: Partial<RunResult> = {}): Promise<void> {
    const hosts = this.hosts.map((host) => ({ host, state: 'done' as const }))
    this.tell('run:end', { status: 0, ms: 3456, hosts, tasks: [], problems: [], ...result })
    await this.#reporter.end()
  }
}
