import { isDragonfabError, usageError } from '@dragonfab/core'

/** Calls a hook or a task. What it throws says whose it is and on which signal, and keeps its stack, which has the line. */
export function called<T>({ signal, plugin }: { readonly signal: string; readonly plugin: string }, call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const problems = isDragonfabError(thrown) ? thrown.problems : [{ code: 'HOOK_FAILED', message }]
    const place = plugin === 'config' ? signal : `${signal} (plugin ${plugin})`
    const error = usageError(problems.map((problem) => ({ ...problem, message: `${place}: ${problem.message}` })))
    if (thrown instanceof Error && thrown.stack) error.stack = thrown.stack
    throw error
  }
}
