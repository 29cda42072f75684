import { isDragonfabError, type Problem, type Report, usageError } from '@dragonfab/core'

export interface ProblemCollector {
  readonly report: Report
  /** Calls a function that may throw a DragonfabError, and collects its problems instead. */
  collectFrom<T>(what: () => T): T | undefined
  /** Throws one error with all problems, if there are any. */
  throwIfAny(): void
}

export function collectProblems(): ProblemCollector {
  const all = new Map<string, Problem>()
  const add = (problem: Problem) => {
    if (!all.has(`${problem.code} ${problem.message}`)) all.set(`${problem.code} ${problem.message}`, problem)
  }
  return {
    report: (code, message, remedy) => add({ code, message, ...(remedy ? { remedy } : {}) }),
    collectFrom: (what) => {
      try {
        return what()
      } catch (thrown) {
        if (!isDragonfabError(thrown)) throw thrown
        thrown.problems.forEach(add)
        return undefined
      }
    },
    throwIfAny: () => {
      if (all.size) throw usageError([...all.values()])
    },
  }
}
