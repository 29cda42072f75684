import type { Tree } from '../tree.ts'
import type { DeploymentState } from './observe.ts'

export interface Expectations {
  /** What `observeDeployment` showed before the run; c, d, e and h compare with it. */
  readonly before?: DeploymentState | undefined
  /** How many releases the configuration keeps; 5 by default. */
  readonly keep?: number | undefined
  /** The files of every commit that may be deployed (`GitFixture.tree`), by the text of REVISION. */
  readonly trees?: ReadonlyMap<string, Tree> | undefined
  /** Paths within `shared` (and all beneath them) that the run or the application may change. */
  readonly sharedMayChange?: readonly string[] | undefined
  /** How the run ended. `done` is the id that a success leads to, or `new` for one that was not there before, or `none` for a run that must not switch. */
  readonly run?: { readonly status: number; readonly done: string } | undefined
  /**
   * No run is under way, and the last one ended well: nothing temporary may be left. Without it, what the next
   * deployment can clean is allowed.
   */
  readonly settled?: boolean | undefined
  /** Names at the top of the directory that are none of the tool's business. */
  readonly foreign?: readonly string[] | undefined
  /**
   * No process may be left whose arguments contain this text, or that stands in the deployment directory. Give a text
   * that only the run's processes have; an empty one looks at the directory alone. Not looked at by default.
   */
  readonly processMarker?: string | undefined
  /** Processes that may stand there: the application, a reader. */
  readonly processesExcept?: readonly number[] | undefined
  /** How long processes may take to end, in milliseconds; 15,000 by default. */
  readonly processLimitMs?: number | undefined
}

/** Which of the invariants is broken: the letters are those of {@link checkDeployment}. */
export interface Violation {
  readonly check: 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h'
  readonly message: string
}
