import { usageError } from '../errors.ts'
import type { Project } from './types.ts'

export interface ConfigPlace {
  /** The config's folder: relative paths and steps on this machine start there. */
  readonly directory: string
  readonly file?: string | undefined
  /** The user on this machine; found out by default. */
  readonly user?: string | undefined
}

/** Checks all of a configuration, and throws one error with every problem found: its path, and what was perhaps meant. */
export function loadProject(_config: unknown, _at: ConfigPlace): Project {
  throw usageError({ code: 'NOT_BUILT', message: 'follows in the next commits' })
}
