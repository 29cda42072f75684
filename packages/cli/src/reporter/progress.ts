import { describeTarget, localTarget, type Problem, type RunEvents, type StepRef } from '@dragonfab/core'
import { LineBuffer } from './lines.ts'

export type StepState = 'running' | 'ok' | 'warned' | 'failed'

/** One step on all hosts that run it. */
export interface StepRow {
  readonly place: StepRef
  /** The title on one host, or with `<host>` if hosts differ. */
  title: string
  readonly hosts: Map<string, StepState>
  /** All hosts that may run it, in the config's order. */
  readonly order: readonly string[]
  readonly started: number
  ended: number
}

/** The last lines that a host printed. */
export interface HostTail {
  readonly lines: string[]
  readonly buffers: { readonly stdout: LineBuffer; readonly stderr: LineBuffer }
  /** When it last printed. */
  at: number
}

const tailLength = 30
const wordsKey = (host: string, title: string): string => JSON.stringify([host, title])
const rowKeyOf = (place: StepRef): string =>
  JSON.stringify([place.target.kind, place.undoing, place.signal, place.plugin, commonTitle(place)])

/** A title without the parts that differ between hosts, so that `make -C /srv/web1` on twenty hosts is one row. A part cut off at the end may differ too. */
function commonTitle(place: StepRef): string {
  const common = maskHostName(place)
  return common.endsWith('…') ? common.slice(0, 50) : common
}

function maskHostName({ title, target }: StepRef): string {
  if (target.kind === 'local') return title
  return title
    .split(/(?<![\w.-])(?=[\w.-])|(?<=[\w.-])(?![\w.-])/)
    .map((word) => (word === target.name ? '<host>' : word))
    .join('')
}

/**
 * The state of a run, derived only from its events. Rows are steps in the order in which a first host started them. Hosts may be at different
 * steps. {@link takeSettled} returns the rows that no host can reach any more, in order.
 */
export class RunProgress {
  rows: StepRow[] = []
  readonly tails = new Map<string, HostTail>()
  hosts: readonly string[] = []
  readonly connected = new Set<string>()
  waiting: RunEvents['lock:waiting'] | undefined
  started = 0
  /** The release that the run creates. */
  release: string | undefined
  #phase: readonly string[] = []
  readonly #goneHosts = new Set<string>()
  readonly #lastWords = new Map<string, readonly string[]>()
  readonly #positions = new Map<string, number>()

  runStart(event: RunEvents['run:start'], now: number): void {
    this.hosts = event.hosts
    this.started = now
    this.release = event.release
  }

  phaseStart(event: RunEvents['phase:start']): void {
    this.#phase = event.hosts
    this.#positions.clear()
    this.waiting = undefined
  }

  addFailedHost(host: string): void {
    this.#goneHosts.add(host)
  }

  stepStart(place: StepRef, now: number): void {
    this.waiting = undefined
    const row = this.#row(place, now)
    const name = describeTarget(place.target)
    row.hosts.set(name, 'running')
    this.#positions.set(name, Math.max(this.rows.indexOf(row), this.#positions.get(name) ?? 0))
    this.tails.set(name, { lines: [], buffers: { stdout: new LineBuffer(), stderr: new LineBuffer() }, at: now })
  }

  /** Adds output and returns the lines that it completed. */
  output(event: RunEvents['step:output'], now: number): readonly string[] {
    const tail = this.tails.get(describeTarget(event.target))
    if (!tail) return []
    const lines = tail.buffers[event.stream].push(event.text)
    tail.lines.push(...lines.slice(-tailLength))
    tail.lines.splice(0, tail.lines.length - tailLength)
    tail.at = now
    return lines
  }

  /** Ends a step and returns its last line if that has no newline. */
  stepEnd(event: RunEvents['step:end'], now: number): readonly string[] {
    const row = this.#row(event, now)
    const name = describeTarget(event.target)
    row.hosts.set(name, event.ok ? 'ok' : event.warned ? 'warned' : 'failed')
    row.ended = now
    const tail = this.tails.get(name)
    const rest = tail ? [...tail.buffers.stdout.end(), ...tail.buffers.stderr.end()] : []
    tail?.lines.push(...rest)
    if (!event.ok && tail) this.#lastWords.set(wordsKey(name, event.title), tail.lines.slice(-20))
    return rest
  }

  /** Removes and returns the first rows, up to one that a host still runs or may reach. `all`: the phase has ended. */
  takeSettled(all = false): readonly StepRow[] {
    const open = all ? -1 : this.rows.findIndex((row, index) => !this.#isSettled(row, index))
    const done = this.rows.splice(0, open < 0 ? this.rows.length : open)
    for (const [host, position] of this.#positions) this.#positions.set(host, position - done.length)
    return done
  }

  /** Adds the last output of its step to a problem that has no cause. */
  addOutput(problem: Problem): Problem {
    if (problem.cause !== undefined || problem.step === undefined) return problem
    const lines = this.#lastWords.get(wordsKey(problem.host ?? describeTarget(localTarget), problem.step)) ?? []
    return lines.length ? { ...problem, cause: lines.join('\n') } : problem
  }

  runningRows(): readonly StepRow[] {
    return this.rows.filter((row) => [...row.hosts.values()].includes('running'))
  }

  #isSettled(row: StepRow, index: number): boolean {
    if ([...row.hosts.values()].includes('running')) return false
    if (row.place.target.kind === 'local') return true
    return this.#phase.every((host) => row.hosts.has(host) || this.#goneHosts.has(host) || (this.#positions.get(host) ?? -1) > index)
  }

  #row(place: StepRef, now: number): StepRow {
    const key = rowKeyOf(place)
    const name = describeTarget(place.target)
    // A host runs a step once. A second step with the same title (of another hook) is another row.
    const found = this.rows.find((row) => rowKeyOf(row.place) === key && (!row.hosts.has(name) || row.hosts.get(name) === 'running'))
    if (found) {
      if (found.place.title !== place.title) found.title = maskHostName(found.place)
      return found
    }
    const row: StepRow = {
      place,
      title: place.title,
      hosts: new Map(),
      order: [describeTarget(localTarget), ...this.hosts],
      started: now,
      ended: now,
    }
    this.rows.push(row)
    return row
  }
}
