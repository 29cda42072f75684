import { usageError } from '../errors.ts'
import type { Project, RunHost, Selection } from './types.ts'

/** The hosts of a run, in the config's order, each with its env. Everything that is known without facts is checked here. */
export function selectHosts(_project: Project, _selection: Selection): readonly RunHost[] {
  throw usageError({ code: 'NOT_BUILT', message: 'follows in the next commits' })
}
