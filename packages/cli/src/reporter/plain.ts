import { describeTarget, type EventName, type RunEvents, type StepRef } from '@dragonfab/core'
import { noteLine, observerLine, phaseLine, startLine, waitingLine } from './headings.ts'
import type { Output } from './output.ts'
import { RunProgress } from './progress.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { rowTitle } from './rows.ts'
import { problemLines, summaryLines } from './summary.ts'
import { escapeControls, formatDuration, type Paint } from './text.ts'

/** A step that runs for this long is reported once, so that a log shows what the run waits for. */
const longMs = 30_000

/**
 * For logs: a line for each step of each host, `host │ ✔ git: fetch  1.2s`. Problems go to stderr. If all tasks of the run print answers
 * (`once`, `status`), stdout contains only these, unchanged, and the lines about steps go to stderr.
 */
export class PlainReporter implements Reporter {
  readonly #out: Output
  readonly #err: Output
  readonly #paint: Paint
  readonly #options: ReporterOptions
  readonly #progress = new RunProgress()
  readonly #long = new Map<string, NodeJS.Timeout>()
  readonly #waited = new Set<string>()
  #width = 0
  #onlyAnswers = false
  #worked = false

  constructor(out: Output, err: Output, paint: Paint, options: ReporterOptions & { readonly onlyAnswers: boolean }) {
    this.#out = out
    this.#err = err
    this.#paint = paint
    this.#options = options
    this.#onlyAnswers = options.onlyAnswers
  }

  event<T extends EventName>(type: T, event: RunEvents[T]): void {
    const handler = this.#handlers[type] as ((event: RunEvents[T]) => void) | undefined
    handler?.(event)
  }

  pressure(): Promise<void> | undefined {
    return this.#out.pressure() ?? this.#err.pressure()
  }

  pause(): () => void {
    return () => undefined
  }

  async end(): Promise<void> {
    for (const timer of this.#long.values()) clearTimeout(timer)
    await Promise.all([this.#out.flush(), this.#err.flush()])
  }

  readonly #handlers: { readonly [T in EventName]?: (event: RunEvents[T]) => void } = {
    'run:start': (event) => {
      this.#progress.runStart(event, this.#options.now())
      this.#width = Math.min(24, Math.max(...event.hosts.map((host) => host.length), 0))
      if (!this.#onlyAnswers) this.#say(startLine(event, this.#paint))
    },
    'host:connected': (event) => {
      if (this.#options.verbose)
        this.#say(this.#line(event.host, `connected to ${escapeControls(event.label)}  ${formatDuration(event.ms)}`))
    },
    'lock:waiting': (event) => {
      // The event repeats while the run waits. A log needs it once.
      if (!this.#waited.has(event.host)) this.#say(waitingLine(event, this.#options.now()))
      this.#waited.add(event.host)
    },
    'phase:start': (event) => {
      this.#progress.phaseStart(event)
      if (this.#isWork(event.task) && !this.#onlyAnswers) this.#say(phaseLine(event, this.#paint))
    },
    'phase:end': () => void this.#progress.takeSettled(true),
    'step:start': (event) => {
      const place = describeTarget(event.target)
      this.#progress.stepStart(event, this.#options.now())
      if (!this.#isWork(event.task)) return
      if (this.#options.verbose) this.#say(this.#line(place, `▸ ${rowTitle(event)}`))
      else {
        const timer = setTimeout(() => this.#say(this.#line(place, `… ${rowTitle(event)}  ${formatDuration(longMs)} so far`)), longMs)
        this.#long.set(place, timer.unref())
      }
    },
    'step:output': (event) => this.#output(event),
    'step:end': (event) => {
      const place = describeTarget(event.target)
      clearTimeout(this.#long.get(place))
      this.#show(event, this.#progress.stepEnd(event, this.#options.now()))
      const bad = !event.ok
      if (!bad && (!this.#isWork(event.task) || this.#options.quiet)) return
      const sign = event.ok ? this.#paint('green', '✔') : event.warned ? this.#paint('yellow', '⚠') : this.#paint('red', '✖')
      const status = event.ok ? '' : `  ${event.status === undefined ? 'no status received' : `status ${event.status}`}`
      this.#steps().write(`${this.#line(place, `${sign} ${rowTitle(event)}${status}  ${this.#paint('dim', formatDuration(event.ms))}`)}\n`)
    },
    note: (event) => {
      if (event.level === 'warning') this.#err.write(`${noteLine(event, this.#paint)}\n`)
      else this.#say(noteLine(event, this.#paint))
    },
    'host:failed': (event) => {
      this.#progress.addFailedHost(event.host)
      if (event.problem.step === undefined && this.#progress.hosts.length > 1) {
        this.#steps().write(`${this.#line(event.host, `${this.#paint('red', '✖')} ${escapeControls(event.problem.message)}`)}\n`)
      }
    },
    'observer:failed': (event) => this.#err.write(`${observerLine(event, this.#paint)}\n`),
    'run:end': (event) => {
      const problems = problemLines(
        event.problems.map((each) => this.#progress.addOutput(each)),
        this.#paint,
      )
      if (problems.length) this.#err.write(`${problems.join('\n')}\n`)
      if (event.status === 0 && (this.#options.quiet || !this.#worked || this.#onlyAnswers)) return
      const to = event.status === 0 ? this.#steps() : this.#err
      to.write(`${summaryLines(event, this.#paint, this.#progress.release).join('\n')}\n`)
    },
  }

  #isWork(task: string): boolean {
    const work = !this.#options.readOnlyTasks.has(task) || this.#options.verbose
    this.#worked ||= work
    return work
  }

  #steps(): Output {
    return this.#onlyAnswers ? this.#err : this.#out
  }

  #say(line: string): void {
    if (!this.#options.quiet) this.#steps().write(`${line}\n`)
  }

  #line(host: string, text: string): string {
    return `${host.padEnd(this.#width)} │ ${text}`
  }

  /** The answer of a single host is written unchanged, for `> file`. A terminal never receives control characters from a host. */
  #output(event: RunEvents['step:output']): void {
    const lines = this.#progress.output(event, this.#options.now())
    const raw = this.#options.answeringTasks.has(event.task) && this.#progress.hosts.length <= 1 && !this.#options.verbose
    const to = event.stream === 'stderr' ? this.#err : this.#out
    if (!raw || to.isTerminal) this.#show(event, lines)
    else if (!event.transient) to.write(event.text)
  }

  #show(place: StepRef & { readonly stream?: 'stdout' | 'stderr' }, lines: readonly string[]): void {
    const answer = this.#options.answeringTasks.has(place.task)
    const shown = this.#options.verbose || (place.showOutput && !this.#options.quiet)
    if (!lines.length || (!answer && !shown)) return
    const to = place.stream === 'stderr' && answer ? this.#err : this.#out
    const isOnlyHost = answer && this.#progress.hosts.length <= 1 && !this.#options.verbose
    // The rest of an unchanged answer has already been written.
    if (isOnlyHost && !to.isTerminal && place.stream === undefined) return
    to.write(
      lines
        .map((line) => `${isOnlyHost ? escapeControls(line) : this.#line(describeTarget(place.target), `  ${escapeControls(line)}`)}\n`)
        .join(''),
    )
  }
}
