import type { Fragment } from './shell/fragment.ts'

/** The signals between two barriers, and what undoes them. */
export interface FlowPhase<S extends string = string> {
  /** In order. All hosts finish the last one before any host continues. */
  readonly signals: readonly S[]
  /**
   * Signals that undo this phase, in order, on every host that was sent it, if this or a later phase fails.
   * While their hooks are planned, `env` is as `undoEnv` changes it.
   */
  readonly undo?: readonly S[]
  /** True for a phase that changes what is live, and for those after it: a failure then exits with 3 (undone) or 4 (not undone). */
  readonly live?: boolean
}

/** Signals in order, the barriers between them, and what undoes each phase. */
export interface Flow<S extends string = string> {
  readonly summary: string
  readonly phases: readonly FlowPhase<S>[]
  /** The last signals after a failure, on every reachable host, once the run has been undone. */
  readonly failed?: readonly S[]
  /** Variables that positional arguments set (`rollback:id` with `['rollbackTo?']`); one that ends in `?` may be left out. */
  readonly args?: readonly string[]
  /** Any other flow or task of the same name replaces it. */
  readonly overridable?: boolean
  /** It changes nothing: no lock, no history, no files on the host. */
  readonly readOnly?: boolean
  /** A warning for the case that no hook on its signals returns a step, so that the flow does nothing. */
  readonly emptyWarning?: string
  /** Continues after a failed step, so that all problems are found at once. The run still fails. */
  readonly keepGoing?: boolean
  /**
   * `deploy` runs it in an environment without a sequence. If several plugins ship, the one listed first wins. `fallback`: only if no flow
   * has `true`.
   */
  readonly ships?: boolean | 'fallback'
  /** Without an environment on the command line, it runs in the one that is this machine. */
  readonly needsNoEnvironment?: boolean
  /** Variables that are different for tasks which are hooks of this flow, except when undoing. Each is a function of env. */
  readonly taskEnv?: Readonly<Record<string, (env: Readonly<Record<string, unknown>>) => unknown>>
  /** Variables that are different while undoing. Each is a function of env. */
  readonly undoEnv?: Readonly<Record<string, (env: Readonly<Record<string, unknown>>) => unknown>>
  /**
   * Shell tests by signal. While undoing, shell steps on the signal are skipped on hosts where the test fails: nothing is restarted if the
   * first release ever failed and there is no `current`. Code steps run anyway.
   */
  readonly undoGuards?: Partial<Readonly<Record<S, (env: Readonly<Record<string, unknown>>) => Fragment>>>
}

/** `next`: in order · `always`: even if an earlier one failed · `onFailure`: only if one failed. */
export type When = 'next' | 'always' | 'onFailure'
