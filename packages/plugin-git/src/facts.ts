import type { FactContext, FactSpec } from '@dragonfab/core'
import { type GitEnv, strategyOf } from './env.ts'
import { displayAddress, parseRepository } from './names/repository.ts'
import type { FoundRef } from './resolve/refs.ts'
import { resolveCommit } from './resolve/resolve.ts'

/** Flows that ship or look at what would be shipped. */
const shippingSignals = ['deploy.updating', 'git.delta.publishing']

const answersByRun = new WeakMap<AbortSignal, Map<string, Promise<FoundRef>>>()

/** Each repository and branch is asked about once for a run: all its hosts get one commit, whatever is pushed meanwhile. */
function findCommit({ env, ...asker }: FactContext<GitEnv>): Promise<FoundRef> {
  const { git } = env
  const mirror = strategyOf(env) === 'mirror' ? git.repoPath : undefined
  const repository = parseRepository(git.repo, asker.directory, git.password)
  const byKey = answersByRun.get(asker.signal) ?? new Map<string, Promise<FoundRef>>()
  answersByRun.set(asker.signal, byKey)
  const key = JSON.stringify([repository.url, git.branch, mirror !== undefined])
  const answer =
    byKey.get(key) ?? resolveCommit({ repository, name: displayAddress(git.repo), branch: git.branch, timeout: git.timeout, mirror }, asker)
  byKey.set(key, answer)
  return answer
}

/** Asked of every host, for roles may ship other branches; answered by this machine unless it cannot reach the repository. */
export const facts = {
  'git.source': {
    signals: [...shippingSignals, 'check'],
    scope: 'host',
    ask: async ({ env, directory }) => parseRepository(env.git.repo, directory).url,
  },
  'git.ref': { signals: shippingSignals, scope: 'host', ask: async (context) => (await findCommit(context)).ref },
  'git.commit': { signals: shippingSignals, scope: 'host', ask: async (context) => (await findCommit(context)).commit },
} as const satisfies Readonly<Record<string, FactSpec<GitEnv>>>
