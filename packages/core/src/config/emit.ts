import type { AnyEnv } from '../any-env.ts'

const signalKey = Symbol.for('dragonfab.tells')

/**
 * A hook that tells a signal of the plugin's own: what stands on that signal runs at its place, within the flow that got there.
 * `hooks: { 'deploy.updating': [tell('git.building'), update, tell('git.built')] }`
 */
export function emit(signal: string): () => undefined {
  return Object.assign(() => undefined, { [signalKey]: signal })
}

/** The signal that a hook only tells. */
export function emittedSignal(hook: unknown): string | undefined {
  return typeof hook === 'function' && signalKey in hook
    ? String((hook as unknown as AnyEnv & { [signalKey]: string })[signalKey])
    : undefined
}
