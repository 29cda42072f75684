import { type RunScope, usageError } from '@dragonfab/core'

/** The scope of a run, shared by its facts and its steps, even if it is planned several times. */
export function createRunScope(ssh?: RunScope['ssh']): RunScope {
  const results = new Map<string, unknown>()
  return {
    once: <T>(key: string, make: () => T): T => {
      if (results.has(key)) return results.get(key) as T
      const result = make()
      results.set(key, result)
      if (result instanceof Promise) result.catch(() => results.get(key) === result && results.delete(key))
      return result
    },
    forget: (key) => void results.delete(key),
    ssh: async (target) => {
      if (ssh) return ssh(target)
      throw usageError({ code: 'NO_SSH', message: `${target.host} cannot be reached: this run has no SSH` })
    },
  }
}
