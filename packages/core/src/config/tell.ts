import type { AnyEnv } from '../any-env.ts'

const tells = Symbol.for('dragonfab.tells')

/**
 * A hook that tells a signal of the plugin's own: what stands on that signal runs at its place, within the flow that got there.
 * `hooks: { 'deploy.updating': [tell('git.building'), update, tell('git.built')] }`
 */
export function tell(signal: string): () => undefined {
  return Object.assign(() => undefined, { [tells]: signal })
}

/** The signal that a hook only tells. */
export function toldBy(hook: unknown): string | undefined {
  return typeof hook === 'function' && tells in hook ? String((hook as unknown as AnyEnv & { [tells]: string })[tells]) : undefined
}
