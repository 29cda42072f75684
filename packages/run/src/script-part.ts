import type { Problem, StepPlace } from '@dragonfab/core'
import type { PlannedStep, ScriptPart } from '@dragonfab/plan'
import { Mask } from './mask.ts'
import { type PartEnd, type PartPlace, placeOf, type Telling } from './part.ts'
import type { ScriptEnd, ScriptEvents, Session, Stream } from './session/session.ts'
import { lastLine, Tail } from './tail.ts'

/** Runs one script in a session and tells every step of it. */
export async function runScript(session: Session, part: ScriptPart, at: PartPlace, tell: Telling): Promise<PartEnd> {
  const told = new StepTeller(part, at, tell)
  const end = await session.run(part.text, told.events, { id: at.id, last: at.last })
  return told.end(end)
}

/** Follows the steps of a script through their marks, tells them, and gathers what failed. */
class StepTeller {
  readonly events: ScriptEvents
  readonly #part: ScriptPart
  readonly #at: PartPlace
  readonly #tell: Telling
  readonly #problems: Problem[] = []
  #replan = false
  #running:
    | {
        readonly step: PlannedStep
        readonly since: number
        readonly tail: Tail
        readonly streams: Record<Stream, ReturnType<Mask['stream']>>
        readonly raw: Record<Stream, ReturnType<Mask['bytes']>> | undefined
      }
    | undefined
  readonly #stray = new Tail()
  #command: number | undefined

  constructor(part: ScriptPart, at: PartPlace, tell: Telling) {
    this.#part = part
    this.#at = at
    this.#tell = tell
    this.events = {
      begin: (index) => this.#begin(index),
      output: (stream, chunk) => {
        this.#output(stream, chunk)
        return tell.pressure?.()
      },
      finish: (index, status) => this.#finish(index, status),
      told: ([what]) => {
        if (what === 'unlock') tell.unlock?.()
      },
      left: (pids) => {
        const message = `${pids.length === 1 ? 'a process' : `${pids.length} processes`} that a step started still ${pids.length === 1 ? 'runs' : 'run'} (${pids.join(' ')})`
        tell.bus.emit('note', { host: at.host, level: 'info', message })
      },
    }
  }

  /** What the script's end means, with the steps that were seen. */
  end(end: ScriptEnd): PartEnd {
    if (end.status === undefined) {
      const step = this.#running?.step
      this.#finish(step?.index ?? -1, undefined)
      const problem: Problem = {
        code: 'CONNECTION_LOST',
        host: this.#at.host,
        step: step?.title,
        message: `no end was received of “${step?.title ?? this.#at.phase}”`,
        cause: end.lost,
        ...(step?.attached && { remedy: 'the host ends the command when it notices; whether it had ended is not known here' }),
      }
      return { problems: [problem], lost: true, replan: false }
    }
    if (end.status !== 0 && !this.#problems.length) {
      const cause = this.#running?.tail.text() || this.#stray.text() || `status ${end.status}`
      this.#problems.push({
        code: 'SCRIPT_FAILED',
        host: this.#at.host,
        step: this.#running?.step.title,
        message: 'the script of this phase could not be evaluated to its end',
        cause,
        remedy: 'an unbalanced quote or parenthesis in a step? Look at it with --dry-run',
      })
    }
    return { problems: this.#problems, lost: false, replan: this.#replan, command: this.#command }
  }

  #place(step: PlannedStep): StepPlace {
    return placeOf(step, this.#at)
  }

  #begin(index: number): void {
    const step = this.#part.steps[index]
    if (!step) return
    const { mask } = this.#tell
    const { raw } = this.#tell
    const bytes = step.attached && raw ? (raw.unmasked ? new Mask([]) : mask) : undefined
    this.#running = {
      step,
      since: Date.now(),
      tail: new Tail(),
      streams: { stdout: mask.stream(), stderr: mask.stream() },
      raw: bytes && { stdout: bytes.bytes(), stderr: bytes.bytes() },
    }
    this.#tell.bus.emit('step:start', this.#place(step))
  }

  #output(stream: Stream, chunk: Buffer): void {
    const running = this.#running
    if (running?.raw) this.#tell.raw?.write(stream, running.raw[stream].push(chunk))
    if (running) this.#text(stream, running.streams[stream].push(chunk))
    else this.#stray.push(this.#tell.mask.text(chunk.toString('utf8')))
  }

  #text(stream: Stream, text: string): void {
    const running = this.#running
    if (!text || !running) return
    running.tail.push(text, stream)
    this.#tell.bus.emit('step:output', { ...this.#place(running.step), stream, text })
  }

  #warn(message: string): void {
    this.#tell.bus.emit('note', { host: this.#at.host, level: 'warning', message })
  }

  #finish(index: number, status: number | undefined): void {
    const running = this.#running
    if (!running || running.step.index !== index) return
    for (const stream of ['stdout', 'stderr'] as const) {
      if (running.raw) this.#tell.raw?.write(stream, running.raw[stream].end())
      this.#text(stream, running.streams[stream].end())
    }
    this.#running = undefined
    const { step, since, tail, raw } = running
    if (raw?.stdout.found || raw?.stderr.found)
      this.#warn('a secret in what the command printed was replaced by [secret]; --no-mask leaves it')
    const ok = status === 0
    this.#tell.bus.emit('step:end', { ...this.#place(step), status, ok, warned: !ok && step.warns, ms: Date.now() - since })
    if (ok || status === undefined) return
    const failure = step.failures[status]
    if (step.attached) this.#command = status
    const problem = step.attached && !failure ? endOf(status, this.#at.host) : failureOf(step, status, this.#at.host, tail.text())
    if (step.warns) {
      const message = failure ? problem.message : `“${step.title}” ${problem.message}`
      this.#warn(problem.cause ? `${message}: ${lastLine(problem.cause)}` : message)
    } else {
      this.#problems.push(problem)
      this.#replan ||= failure?.replan ?? false
    }
  }
}

/** An attached command has said itself what went wrong. */
export function endOf(status: number, host: string): Problem {
  return { code: 'COMMAND_STATUS', host, message: `the command ${how(status)}` }
}

/** The problem that a step's exit status stands for. */
function failureOf(step: PlannedStep, status: number, host: string, said: string): Problem {
  const failure = step.failures[status]
  if (failure) {
    const { replan: _, message, ...rest } = failure
    return { ...rest, host, step: step.title, message: message.replaceAll('$OUTPUT', lastLine(said)), cause: said || undefined }
  }
  return {
    code: 'STEP_FAILED',
    host,
    step: step.title,
    message: `${how(status)} (${step.signal}, ${step.plugin})`,
    cause: said || undefined,
    remedy: said ? undefined : 'it printed nothing; run it by hand to see why',
  }
}

const how = (status: number): string =>
  status > 128 && status < 160 ? `was ended by signal ${status - 128}` : `ended with status ${status}`
