import {
  type Bus,
  type CodePart,
  type CodeStep,
  type Part,
  type PlannedStep,
  type Problem,
  problemOf,
  type ScriptPart,
  type StepPlace,
} from '@dragonfab/core'
import type { Connection } from './connection.ts'
import type { Mask } from './mask.ts'
import type { ScriptEnd, ScriptEvents, Session, Stream } from './session/session.ts'

/** Where a part stands in the run. */
export interface PartPlace {
  readonly host: string
  readonly task: string
  readonly phase: string
  readonly undoing: boolean
  /** Names the script in `$RUN/ended`. */
  readonly id: string
  /** The last script of the run on this host. */
  readonly last: boolean
}

/** How a part ended: nothing to say, or why it failed. `lost`: no end was received, so it may have been done. */
export interface PartEnd {
  readonly problems: readonly Problem[]
  readonly lost: boolean
  /** A fact was taken meanwhile: plan again. */
  readonly replan: boolean
}

/** Where events and texts go. */
export interface Telling {
  readonly bus: Bus
  readonly mask: Mask
  /** Given when who shows the output cannot keep up: what produces it waits. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
}

const fine: PartEnd = { problems: [], lost: false, replan: false }
const keptLines = 20

/** Runs one script in a session and tells every step of it. */
export async function runScript(session: Session, part: ScriptPart, at: PartPlace, tell: Telling): Promise<PartEnd> {
  const told = new StepTeller(part, at, tell)
  const end = await session.run(part.text, told.events, { id: at.id, last: at.last })
  return told.end(end)
}

/** Follows the steps of a script through their marks. */
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
      }
    | undefined
  readonly #stray = new Tail()

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
      }
      return { problems: [problem], lost: true, replan: false }
    }
    if (end.status !== 0 && !this.#problems.length) {
      const cause = this.#stray.text() || `status ${end.status}`
      this.#problems.push({
        code: 'SCRIPT_FAILED',
        host: this.#at.host,
        step: this.#running?.step.title,
        message: 'the script of this phase could not be evaluated to its end',
        cause,
        remedy: 'an unbalanced quote or parenthesis in a step? Look at it with --dry-run',
      })
    }
    return { problems: this.#problems, lost: false, replan: this.#replan }
  }

  #place(step: PlannedStep): StepPlace {
    return placeOf(step, this.#at)
  }

  #begin(index: number): void {
    const step = this.#part.steps[index]
    if (!step) return
    const { mask } = this.#tell
    this.#running = { step, since: Date.now(), tail: new Tail(), streams: { stdout: mask.stream(), stderr: mask.stream() } }
    this.#tell.bus.emit('step:start', this.#place(step))
  }

  #output(stream: Stream, chunk: Buffer): void {
    const running = this.#running
    if (running) this.#text(stream, running.streams[stream].push(chunk))
    else this.#stray.push(this.#tell.mask.text(chunk.toString('utf8')))
  }

  #text(stream: Stream, text: string): void {
    const running = this.#running
    if (!text || !running) return
    running.tail.push(text)
    this.#tell.bus.emit('step:output', { ...this.#place(running.step), stream, text })
  }

  #finish(index: number, status: number | undefined): void {
    const running = this.#running
    if (!running || running.step.index !== index) return
    for (const stream of ['stdout', 'stderr'] as const) this.#text(stream, running.streams[stream].end())
    this.#running = undefined
    const { step, since, tail } = running
    const ok = status === 0
    this.#tell.bus.emit('step:end', { ...this.#place(step), status, ok, warned: !ok && step.warns, ms: Date.now() - since })
    if (ok || status === undefined) return
    const failure = step.failures[status]
    const problem = failureOf(step, status, this.#at.host, tail.text())
    if (step.warns)
      this.#tell.bus.emit('note', {
        host: this.#at.host,
        level: 'warning',
        message: problem.cause ? `${problem.message}: ${lastLine(problem.cause)}` : problem.message,
      })
    else {
      this.#problems.push(problem)
      this.#replan ||= failure?.replan ?? false
    }
  }
}

/** The problem that a step's exit status stands for. */
function failureOf(step: PlannedStep, status: number, host: string, said: string): Problem {
  const failure = step.failures[status]
  if (failure) {
    const { replan: _, message, ...rest } = failure
    return { ...rest, host, step: step.title, message: message.replaceAll('$OUTPUT', lastLine(said)), cause: said || undefined }
  }
  const how = status > 128 && status < 160 ? `was ended by signal ${status - 128}` : `ended with status ${status}`
  return {
    code: 'STEP_FAILED',
    host,
    step: step.title,
    message: `“${step.title}” (${step.signal}, ${step.plugin}) ${how}`,
    cause: said || undefined,
    remedy: said ? undefined : 'it printed nothing; run it by hand to see why',
  }
}

/** Runs a code step on this machine, for one host or once. */
export async function runCode(
  part: CodePart,
  code: CodeStep | undefined,
  at: PartPlace,
  connection: Connection | undefined,
  options: Telling & { readonly directory: string; readonly signal: AbortSignal },
): Promise<PartEnd> {
  const [step] = part.steps
  const place = placeOf(step, at)
  const since = Date.now()
  options.bus.emit('step:start', place)
  try {
    if (!code) throw new Error(`the code of ${part.name} was not found in the configuration`)
    const executor = connection ? await connection.executor(part.as) : undefined
    await code.run({
      get executor() {
        if (!executor) throw new Error(`${part.name} runs on this machine and has no host`)
        return executor
      },
      host: at.host,
      directory: options.directory,
      signal: options.signal,
      log: (line) => options.bus.emit('step:output', { ...place, stream: 'stdout', text: `${options.mask.text(line)}\n` }),
      capture: (text) => {
        if (!connection) throw new Error(`${part.name} runs on this machine and has no host`)
        return connection.capture(text, options.signal)
      },
    })
    options.bus.emit('step:end', { ...place, status: 0, ok: true, warned: false, ms: Date.now() - since })
    return fine
  } catch (error) {
    const problem = masked(problemOf(error, { code: 'CODE_FAILED', host: at.host, step: step.title }), options.mask)
    options.bus.emit('step:end', { ...place, status: undefined, ok: false, warned: step.warns, ms: Date.now() - since })
    if (!step.warns) return { problems: [problem], lost: false, replan: false }
    options.bus.emit('note', { host: at.host, level: 'warning', message: problem.message })
    return fine
  }
}

/** A problem with its texts masked. */
export function masked(problem: Problem, mask: Mask): Problem {
  return { ...problem, message: mask.text(problem.message), ...(problem.cause !== undefined && { cause: mask.text(problem.cause) }) }
}

function placeOf(step: PlannedStep, at: PartPlace): StepPlace {
  return { host: at.host, task: at.task, phase: at.phase, signal: step.signal, plugin: step.plugin, title: step.title, undoing: at.undoing }
}

/** The last lines of an output of any length. */
class Tail {
  #text = ''

  push(text: string): void {
    this.#text += text
    if (this.#text.length > 16_384) this.#text = this.#text.slice(-8192)
  }

  text(): string {
    return this.#text.trimEnd().split('\n').slice(-keptLines).join('\n').trim()
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

export type { Part }
