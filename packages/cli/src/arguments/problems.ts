import type { Problem } from '@dragonfab/core'

/** All that is wrong with a command line: told together, not one a try. */
export type Problems = Problem[]

export function problem(code: string, message: string, remedy?: string): Problem {
  return remedy === undefined ? { code, message } : { code, message, remedy }
}
