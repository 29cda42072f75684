import { describeTarget, type EventName, type RunEvents, type StepRef } from '@dragonfab/core'
import { noteLine, observerLine, phaseLine, startLine, waitingLine } from './headings.ts'
import type { Output } from './output.ts'
import { RunProgress, type StepRow } from './progress.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { formatDoneRow, formatLiveRow, formatTailRows, type RowLayout } from './rows.ts'
import { Screen } from './screen.ts'
import { problemLines, summaryLines } from './summary.ts'
import { escapeControls, formatDuration, formatHosts, type Paint } from './text.ts'

const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const frameMs = 100

/** For people at a terminal: a line for each step on all hosts, and below it the running steps with their last output. */
export class TerminalReporter implements Reporter {
  readonly #output: Output
  readonly #errors: Output
  readonly #paint: Paint
  readonly #options: ReporterOptions
  readonly #screen: Screen
  readonly #progress = new RunProgress()
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout
  readonly #since: number
  #lines: string[] = []
  #frame = 0
  #over = false
  #paused = false

  constructor(output: Output, errors: Output, paint: Paint, options: ReporterOptions) {
    this.#output = output
    this.#errors = errors
    this.#paint = paint
    this.#options = options
    this.#since = options.now()
    this.#screen = new Screen(output)
    this.#stopListening = output.onResize(() => this.#draw())
    this.#timer = setInterval(() => this.#draw(), frameMs)
    this.#timer.unref()
  }

  event<T extends EventName>(type: T, event: RunEvents[T]): void {
    const handler = this.#handlers[type] as ((event: RunEvents[T]) => void) | undefined
    handler?.(event)
  }

  pressure(): Promise<void> | undefined {
    return this.#output.pressure()
  }

  pause(): () => void {
    this.#draw()
    this.#paused = true
    this.#screen.clear()
    return () => {
      this.#paused = false
    }
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#over = true
    this.#draw()
    this.#stopListening()
    this.#screen.close()
    await Promise.all([this.#output.flush(), this.#errors.flush()])
  }

  readonly #handlers: { readonly [T in EventName]?: (event: RunEvents[T]) => void } = {
    'run:start': (event) => {
      this.#progress.runStart(event, this.#options.now())
      if (!this.#options.readOnlyTasks.has(event.command[0] ?? '')) this.#say(startLine(event, this.#paint))
    },
    'host:connected': (event) => {
      this.#progress.connected.add(event.host)
      if (this.#options.verbose)
        this.#say(this.#paint('dim', `  ${event.host}: connected to ${escapeControls(event.label)} in ${formatDuration(event.ms)}`))
    },
    'lock:waiting': (event) => {
      this.#progress.waiting = event
    },
    'phase:start': (event) => {
      this.#progress.phaseStart(event)
      if (this.#isWork(event.task)) this.#say(phaseLine(event, this.#paint))
    },
    'phase:end': () => this.#commit(true),
    'step:start': (event) => this.#progress.stepStart(event, this.#options.now()),
    'step:output': (event) => this.#show(event, this.#progress.output(event, this.#options.now())),
    'step:end': (event) => {
      this.#show(event, this.#progress.stepEnd(event, this.#options.now()))
      if (!event.ok && !event.warned && event.target.kind === 'host') this.#progress.addFailedHost(event.target.name)
      this.#commit(false)
    },
    note: (event) => {
      if (event.level === 'warning') this.#lines.push(noteLine(event, this.#paint))
      else this.#say(noteLine(event, this.#paint))
    },
    'host:failed': (event) => {
      this.#progress.addFailedHost(event.host)
      // A host that failed in a step has its own line. The details are printed at the end.
      if (event.problem.step === undefined && this.#progress.hosts.length > 1) {
        this.#say(`  ${this.#paint('red', '✖')} ${escapeControls(`${event.host}: ${event.problem.message}`)}`)
      }
      this.#commit(false)
    },
    'observer:failed': (event) => this.#lines.push(observerLine(event, this.#paint)),
    'run:end': (event) => {
      this.#commit(true)
      this.#over = true
      this.#draw()
      const problems = problemLines(
        event.problems.map((each) => this.#progress.addOutput(each)),
        this.#paint,
      )
      if (problems.length) this.#errors.write(`\n${problems.join('\n')}\n`)
      if (this.#showsEnd(event))
        this.#output.write(`${problems.length ? '\n' : ''}${summaryLines(event, this.#paint, this.#progress.release).join('\n')}\n`)
    },
  }

  #showsEnd(event: RunEvents['run:end']): boolean {
    if (event.status !== 0) return true
    return !this.#options.quiet && this.#didWork
  }

  #didWork = false

  #isWork(task: string): boolean {
    const work = !this.#options.readOnlyTasks.has(task) || this.#options.verbose
    this.#didWork ||= work
    return work
  }

  #say(line: string): void {
    if (!this.#options.quiet) this.#lines.push(line)
  }

  #show(place: StepRef, lines: readonly string[]): void {
    const { verbose, quiet, answeringTasks: answers } = this.#options
    if (!verbose && !answers.has(place.task) && (!place.showOutput || quiet)) return
    const isOnlyHost = this.#progress.hosts.length <= 1 && !this.#options.verbose
    const prefix = isOnlyHost ? '' : `${this.#paint('dim', `${describeTarget(place.target)} │`)} `
    for (const line of lines) this.#lines.push(`${prefix}${escapeControls(line)}`)
    // Frames are too rare for a flood of output.
    if (this.#lines.length > 200) this.#draw()
  }

  #commit(all: boolean): void {
    const rows = this.#progress.takeSettled(all)
    for (const row of rows) if (this.#showsRow(row)) this.#lines.push(formatDoneRow(row, this.#layout()))
  }

  #showsRow(row: StepRow): boolean {
    if ([...row.hosts.values()].some((state) => state === 'failed' || state === 'warned')) return true
    return !this.#options.quiet && this.#isWork(row.place.task)
  }

  #layout(): RowLayout {
    return { columns: this.#output.columns, rows: this.#output.rows, paint: this.#paint }
  }

  #draw(): void {
    if (this.#paused) return
    const lines = this.#lines
    this.#lines = []
    this.#frame++
    this.#screen.draw(lines, this.#over || this.#options.quiet ? [] : this.#liveLines())
  }

  #liveLines(): readonly string[] {
    const look = this.#layout()
    const now = this.#options.now()
    const sign = spinner[this.#frame % spinner.length] ?? ''
    const { waiting, rows, hosts, connected } = this.#progress
    if (waiting) return [`  ${this.#paint('yellow', sign)} ${waitingLine(waiting, now)}`]
    if (!this.#progress.started) {
      const ms = now - this.#since
      // Facts are usually known at once. The line appears only if they take longer.
      return ms < 300 ? [] : [`  ${this.#paint('cyan', sign)} planning  ${this.#paint('dim', formatDuration(ms))}`]
    }
    if (!rows.length) {
      const open = hosts.filter((host) => !connected.has(host))
      return connected.size || !hosts.length ? [] : [`  ${this.#paint('cyan', sign)} connecting to ${formatHosts(open)}`]
    }
    const room = Math.max(1, look.rows - 7)
    const steps = rows.map((row) =>
      [...row.hosts.values()].includes('running') ? formatLiveRow(row, sign, now, look) : formatDoneRow(row, look),
    )
    const above = steps.length > room ? [this.#paint('dim', `  … ${steps.length - room} more`), ...steps.slice(-room)] : steps
    return [...above, ...(this.#options.verbose ? [] : formatTailRows(this.#progress, look))]
  }
}
