import type { Fragment } from './shell/fragment.ts'

/** The signals between two barriers, and the way back from them. */
export interface FlowPhase<S extends string = string> {
  /** In order; all hosts finish the last of them before any host goes on. */
  readonly signals: readonly S[]
  /**
   * What undoes this phase on every host that was sent it: signals, run in order when this or a later phase fails.
   * While they are planned, hooks see `env` as `undoEnv` changes it.
   */
  readonly undo?: readonly S[]
  /** True from the phase on that changes what is live: failing then ends with status 3 (put back) or 4 (not put back). */
  readonly live?: boolean
}

/** Signals in order, its barriers, and what undoes each phase. */
export interface Flow<S extends string = string> {
  readonly summary: string
  readonly phases: readonly FlowPhase<S>[]
  /** Signals told at last on every reachable host after a failure, when the way back has been gone. */
  readonly failed?: readonly S[]
  /** Variables that positional arguments set (`rollback:id` with `['rollbackTo?']`); one that ends in `?` may be left out. */
  readonly args?: readonly string[]
  /** As with a task: any other flow or task of that name wins over it. */
  readonly overridable?: boolean
  /** Only looks: no lock, no history, nothing is created on the host. */
  readonly readOnly?: boolean
  /** A warning, told when no hook on its signals gives a step: then the flow does nothing. */
  readonly emptyWarning?: string
  /** Goes on after a failed step, so that all problems are found at once; the run still fails. */
  readonly keepGoing?: boolean
  /**
   * `deploy` runs it in an environment without a sequence. If several plugins ship, the first one listed wins. `fallback`: only if no flow of
   * another plugin has `true`.
   */
  readonly ships?: boolean | 'fallback'
  /** Named without an environment, it runs in the one that is this machine. */
  readonly needsNoEnvironment?: boolean
  /** Variables as tasks see them that are hooks of this flow (not on the way back); a function of env each. */
  readonly taskEnv?: Readonly<Record<string, (env: Readonly<Record<string, unknown>>) => unknown>>
  /** Variables as the way back sees them; a function of env each. */
  readonly undoEnv?: Readonly<Record<string, (env: Readonly<Record<string, unknown>>) => unknown>>
  /**
   * Shell tests by signal: on the way back, shell steps on that signal count as done where the test fails on the host
   * (nothing is restarted where a first release left no `current`). Steps of TypeScript run all the same.
   */
  readonly undoGuards?: Partial<Readonly<Record<S, (env: Readonly<Record<string, unknown>>) => Fragment>>>
}

/** `next`: in order · `always`: also when an earlier one failed · `onFailure`: only then. */
export type When = 'next' | 'always' | 'onFailure'
