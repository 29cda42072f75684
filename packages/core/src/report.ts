import { isDragonfabError, type Problem, usageError } from './errors.ts'

/** Notes a problem; checking goes on, so that all are told at once. */
export type Report = (code: string, message: string, remedy?: string | undefined) => void

export interface Problems {
  readonly report: Report
  /** Runs something that may throw a DragonfabError, and notes its problems instead. */
  attempt<T>(what: () => T): T | undefined
  /** Throws one error with all that was noted. */
  settle(): void
}

export function collectProblems(): Problems {
  const all = new Map<string, Problem>()
  const add = (problem: Problem) => {
    if (!all.has(`${problem.code} ${problem.message}`)) all.set(`${problem.code} ${problem.message}`, problem)
  }
  return {
    report: (code, message, remedy) => add({ code, message, ...(remedy ? { remedy } : {}) }),
    attempt: (what) => {
      try {
        return what()
      } catch (thrown) {
        if (!isDragonfabError(thrown)) throw thrown
        thrown.problems.forEach(add)
        return undefined
      }
    },
    settle: () => {
      if (all.size) throw usageError([...all.values()])
    },
  }
}
