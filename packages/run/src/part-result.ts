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
  /** The id of the script in `$DF_RUN/ended`. */
  readonly id: string
  /** The last script of the run on this host. */
  readonly last: boolean
}

/** The result of a part. */
export interface PartResult {
  /** Why it failed; empty if it succeeded. */
  readonly problems: readonly Problem[]
  /** Its end was not received, so it may have succeeded. */
  readonly lost: boolean
  /** It was started, but whether it succeeded cannot be found out. */
  readonly outcomeUnknown?: boolean | undefined
  /** The connection was lost and did not come back. */
  readonly unreachable?: boolean | undefined
  /** Another run took a fact, so the caller must plan again. */
  readonly replan: boolean
  /** The status of a failed command with `stdio`. */
  readonly commandStatus?: number | undefined
}

/** The receivers of events and output. */
export interface OutputSinks {
  readonly bus: Bus
  readonly mask: Mask
  /** The plan's shell functions. */
  readonly libraries: readonly Library[]
  /** A promise if the display cannot keep up: the step's output waits for it. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined
  /** Receives the bytes of a command with `stdio`. Only on a single host. */
  readonly raw?: RawOutput | undefined
  /** Called when a step asks to release the lock while it runs. */
  readonly unlock?: (() => void) | undefined
}

/** Receives the output of a command with `stdio`, byte for byte. */
export interface RawOutput {
  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void
  /** Secrets are not masked. */
  readonly unmasked: boolean
}

export const succeeded: PartResult = { problems: [], lost: false, replan: false }

export function failedPart(problem: Problem): PartResult {
  return { problems: [problem], lost: false, replan: false }
}

/** Masks the texts of a problem. */
export function maskProblem(problem: Problem, mask: Mask): Problem {
  return {
    ...problem,
    message: mask.maskText(problem.message),
    ...(problem.cause !== undefined && { cause: mask.maskText(problem.cause) }),
  }
}

/** The `host` field of a problem. A problem on this machine has none. */
export const hostFieldOf = ({ target }: Pick<PartRef, 'target'>): { readonly host?: string } =>
  target.kind === 'host' ? { host: target.name } : {}

/** The fields that identify a step in its events. */
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
