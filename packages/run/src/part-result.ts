import type { Bus, Problem, StepRef } from '@dragonfab/core'
import type { Library, PlannedStep } from '@dragonfab/plan'
import type { Mask } from './mask.ts'

/** Where a part stands in the run. */
export interface PartRef {
  readonly host: string
  readonly task: string
  readonly phase: string
  readonly undoing: boolean
  /** Not held back by an interrupt: the way back, and tasks of a sequence that run whatever happens. */
  readonly ignoresInterrupt: boolean
  /** Names the script in `$DF_RUN/ended`. */
  readonly id: string
  /** The last script of the run on this host. */
  readonly last: boolean
}

/** How a part ended: nothing to say, or why it failed. `lost`: no end was received, so it may have been done. */
export interface PartResult {
  readonly problems: readonly Problem[]
  readonly lost: boolean
  /** What was done to the host is not known, and will not be found out. */
  readonly unknown?: boolean | undefined
  /** A fact was taken meanwhile: plan again. */
  readonly replan: boolean
  /** The status of an attached command that failed. */
  readonly commandStatus?: number | undefined
}

/** Where events and texts go. */
export interface OutputSinks {
  readonly bus: Bus
  readonly mask: Mask
  /** The plan's shell functions. */
  readonly libraries: readonly Library[]
  /** Given when who shows the output cannot keep up: what produces it waits. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Where the bytes of an attached command go; only on a single host. */
  readonly raw?: RawOutput | undefined
  /** Called when a step asks for the lock to be given up while it runs. */
  readonly unlock?: (() => void) | undefined
}

/** Takes the output of an attached command, byte for byte. */
export interface RawOutput {
  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void
  /** Leave secrets in it as they are. */
  readonly unmasked: boolean
}

export const succeeded: PartResult = { problems: [], lost: false, replan: false }
/** A problem with its texts masked. */
export function maskProblem(problem: Problem, mask: Mask): Problem {
  return {
    ...problem,
    message: mask.maskText(problem.message),
    ...(problem.cause !== undefined && { cause: mask.maskText(problem.cause) }),
  }
}

/** The place that a step's events name. */
export function stepRefOf(step: PlannedStep, partRef: PartRef): StepRef {
  const { signal, plugin, title, showOutput: shows } = step
  return {
    host: partRef.host,
    task: partRef.task,
    phase: partRef.phase,
    signal,
    plugin,
    title,
    undoing: partRef.undoing,
    ...(shows && { showOutput: shows }),
  }
}
