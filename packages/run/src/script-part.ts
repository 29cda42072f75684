import type { Problem, StepRef } from '@dragonfab/core'
import type { PlannedStep, ScriptPart } from '@dragonfab/plan'
import { functionsOf } from './library.ts'
import { Mask } from './mask.ts'
import { lastLine, OutputTail } from './output-tail.ts'
import { hostFieldOf, type OutputSinks, type PartRef, type PartResult, stepRefOf } from './part-result.ts'
import type { ScriptEnd, ScriptEvents, Session, Stream } from './session/session.ts'

/** Runs one script in a session and reports each of its steps. */
export async function runScriptPart(session: Session, part: ScriptPart, at: PartRef, sinks: OutputSinks): Promise<PartResult> {
  const tracker = new StepTracker(part, at, sinks)
  const end = await session.run(part.text, tracker.events, {
    id: at.id,
    last: at.last,
    library: functionsOf(part, at.target, sinks.libraries),
  })
  return tracker.end(end)
}

/** Follows the steps of a script by their marks, emits their events, and collects their failures. */
class StepTracker {
  readonly events: ScriptEvents
  readonly #part: ScriptPart
  readonly #partRef: PartRef
  readonly #sinks: OutputSinks
  readonly #problems: Problem[] = []
  #replan = false
  #running:
    | {
        readonly step: PlannedStep
        readonly since: number
        readonly tail: OutputTail
        readonly streams: Record<Stream, ReturnType<Mask['maskStream']>>
        readonly raw: Record<Stream, ReturnType<Mask['maskBytes']>> | undefined
      }
    | undefined
  readonly #strayOutput = new OutputTail()
  #commandStatus: number | undefined

  constructor(part: ScriptPart, partRef: PartRef, sinks: OutputSinks) {
    this.#part = part
    this.#partRef = partRef
    this.#sinks = sinks
    this.events = {
      onBegin: (index) => this.#begin(index),
      onOutput: (stream, chunk) => {
        this.#output(stream, chunk)
        return sinks.pressure?.()
      },
      onFinish: (index, status) => this.#finish(index, status),
      onMessage: ([word]) => {
        if (word === 'unlock') sinks.unlock?.()
      },
      onLeftover: (pids) => {
        const message = `${pids.length === 1 ? 'a process' : `${pids.length} processes`} that a step started still ${pids.length === 1 ? 'runs' : 'run'} (${pids.join(' ')})`
        sinks.bus.emit('note', { target: partRef.target, level: 'info', message })
      },
    }
  }

  /** The result of the script, from its end and the steps that were seen. */
  end(end: ScriptEnd): PartResult {
    if (end.status === undefined) {
      const step = this.#running?.step
      this.#finish(step?.index ?? -1, undefined)
      const problem: Problem = {
        code: 'CONNECTION_LOST',
        ...hostFieldOf(this.#partRef),
        step: step?.title,
        message: `the connection was lost while “${step?.title ?? this.#partRef.phase}” was running`,
        cause: end.lost,
        ...(step?.stdio && { remedy: 'the host ends the command when it notices; whether the command had already ended is unknown' }),
      }
      return { problems: [problem], lost: true, replan: false }
    }
    if (end.status !== 0 && !this.#problems.length) {
      const cause = this.#running?.tail.text() || this.#strayOutput.text() || `status ${end.status}`
      this.#problems.push({
        code: 'SCRIPT_FAILED',
        ...hostFieldOf(this.#partRef),
        step: this.#running?.step.title,
        message: 'the shell could not parse the script of this phase',
        cause,
        remedy: 'look for an unbalanced quote or parenthesis in a step, with --dry-run',
      })
    }
    return { problems: this.#problems, lost: false, replan: this.#replan, commandStatus: this.#commandStatus }
  }

  #stepRef(step: PlannedStep): StepRef {
    return stepRefOf(step, this.#partRef)
  }

  #begin(index: number): void {
    const step = this.#part.steps[index]
    if (!step) return
    const { mask } = this.#sinks
    const { raw } = this.#sinks
    const bytes = step.stdio && raw ? (raw.unmasked ? new Mask([]) : mask) : undefined
    this.#running = {
      step,
      since: Date.now(),
      tail: new OutputTail(),
      streams: { stdout: mask.maskStream(), stderr: mask.maskStream() },
      raw: bytes && { stdout: bytes.maskBytes(), stderr: bytes.maskBytes() },
    }
    this.#sinks.bus.emit('step:start', this.#stepRef(step))
  }

  #output(stream: Stream, chunk: Buffer): void {
    const running = this.#running
    if (running?.raw) this.#sinks.raw?.write(stream, running.raw[stream].push(chunk))
    if (running) this.#text(stream, running.streams[stream].push(chunk))
    else this.#strayOutput.push(this.#sinks.mask.maskText(chunk.toString('utf8')))
  }

  #text(stream: Stream, text: string): void {
    const running = this.#running
    if (!text || !running) return
    running.tail.push(text, stream)
    this.#sinks.bus.emit('step:output', { ...this.#stepRef(running.step), stream, text })
  }

  #warn(message: string): void {
    this.#sinks.bus.emit('note', { target: this.#partRef.target, level: 'warning', message })
  }

  #finish(index: number, status: number | undefined): void {
    const running = this.#running
    if (!running || running.step.index !== index) return
    for (const stream of ['stdout', 'stderr'] as const) {
      if (running.raw) this.#sinks.raw?.write(stream, running.raw[stream].end())
      this.#text(stream, running.streams[stream].end())
    }
    this.#running = undefined
    const { step, since, tail, raw } = running
    if (raw?.stdout.found || raw?.stderr.found)
      this.#warn('a secret in the output of the command was replaced by [secret]; --no-mask turns this off')
    const ok = status === 0
    this.#sinks.bus.emit('step:end', { ...this.#stepRef(step), status, ok, warned: !ok && step.allowFailure, ms: Date.now() - since })
    if (ok || status === undefined) return
    const failure = step.failures[status]
    if (step.stdio) this.#commandStatus = status
    const problem =
      step.stdio && !failure ? toStatusProblem(status, this.#partRef) : toStepProblem(step, status, this.#partRef, tail.text())
    if (step.allowFailure) {
      const message = failure ? problem.message : `“${step.title}” ${problem.message}`
      this.#warn(problem.cause ? `${message}: ${lastLine(problem.cause)}` : message)
    } else {
      this.#problems.push(problem)
      this.#replan ||= failure?.replan ?? false
    }
  }
}

/** The problem of a failed command with `stdio`. Its cause is already in its output. */
export function toStatusProblem(status: number, ref: Pick<PartRef, 'target'>): Problem {
  return { code: 'COMMAND_STATUS', ...hostFieldOf(ref), message: `the command ${describeStatus(status)}` }
}

/** The problem for a step's exit status. */
function toStepProblem(step: PlannedStep, status: number, ref: Pick<PartRef, 'target'>, output: string): Problem {
  const failure = step.failures[status]
  if (failure) {
    const { replan: _, message, ...rest } = failure
    return {
      ...rest,
      ...hostFieldOf(ref),
      step: step.title,
      message: message.replaceAll('$OUTPUT', lastLine(output)),
      cause: output || undefined,
    }
  }
  return {
    code: 'STEP_FAILED',
    ...hostFieldOf(ref),
    step: step.title,
    message: `${describeStatus(status)} (${step.signal}, ${step.plugin})`,
    cause: output || undefined,
    remedy: output ? undefined : 'it printed nothing; run it by hand to see why',
  }
}

const describeStatus = (status: number): string =>
  status > 128 && status < 160 ? `was ended by signal ${status - 128}` : `ended with status ${status}`
