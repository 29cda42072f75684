import type { Problem } from '@dragonfab/core'

/** All that is wrong with a command line: told together, not one a try. */
export type ProblemList = Problem[]

export function createProblem(code: string, message: string, remedy?: string): Problem {
  return remedy === undefined ? { code, message } : { code, message, remedy }
}
