import type { Bus, Problem, StepRef, StepTarget } from '@dragonfab/core'
import type { Library, PlannedStep } from '@dragonfab/plan'
import type { Mask } from './mask.ts'

/** The position of a part in the run. */
export interface PartRef {
  readonly target: StepTarget
  readonly task: string
  readonly phase: string
  readonly undoing: boolean
  /** An interrupt does not end it: undoing, and tasks of a sequence that run in any case. */
  readonly ignoresInterrupt: boolean
  /** Names the script in `$DF_RUN/ended`. */
  readonly id: string
  /** The last script of the run on this host. */
  readonly last: boolean
}

/** How a part ended. */
export interface PartResult {
  /** Why it failed; empty if it succeeded. */
  readonly problems: readonly Problem[]
  /** No end was received, so it may have been done. */
  readonly lost: boolean
  /** It was started, and whether it was done cannot be found out. */
  readonly outcomeUnknown?: boolean | undefined
  /** The connection was lost and did not come back. */
  readonly unreachable?: boolean | undefined
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
  /** A promise if the display cannot keep up: the step's output waits for it. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Receives the bytes of an attached command; only on a single host. */
  readonly raw?: RawOutput | undefined
  /** Called when a step asks to release the lock while it runs. */
  readonly unlock?: (() => void) | undefined
}

/** Receives the output of an attached command, byte for byte. */
export interface RawOutput {
  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void
  /** Secrets are not masked. */
  readonly unmasked: boolean
}

export const succeeded: PartResult = { problems: [], lost: false, replan: false }

export function failedPart(problem: Problem): PartResult {
  return { problems: [problem], lost: false, replan: false }
}

/** A problem with its texts masked. */
export function maskProblem(problem: Problem, mask: Mask): Problem {
  return {
    ...problem,
    message: mask.maskText(problem.message),
    ...(problem.cause !== undefined && { cause: mask.maskText(problem.cause) }),
  }
}

/** What a problem says of where it happened: nothing of this machine. */
export const hostFieldOf = ({ target }: Pick<PartRef, 'target'>): { readonly host?: string } =>
  target.kind === 'host' ? { host: target.name } : {}

/** What identifies a step in its events. */
export function stepRefOf(step: PlannedStep, partRef: PartRef): StepRef {
  const { signal, plugin, title, showOutput: shows } = step
  return {
    target: partRef.target,
    task: partRef.task,
    phase: partRef.phase,
    signal,
    plugin,
    title,
    undoing: partRef.undoing,
    ...(shows && { showOutput: shows }),
  }
}
