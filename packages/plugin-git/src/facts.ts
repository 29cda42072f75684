import type { FactContext, FactSpec } from '@dragonfab/core'
import { repositoryOf, shownAddress } from './names/repository.ts'
import type { Found } from './resolve/refs.ts'
import { resolveCommit } from './resolve/resolve.ts'
import { type GitEnv, strategyOf } from './shipping.ts'

/** Flows that ship or look at what would be shipped. */
const shipping = ['deploy.updating', 'git.delta.publishing']

const answers = new WeakMap<AbortSignal, Map<string, Promise<Found>>>()

/** Each repository and branch is asked about once for a run: all its hosts get one commit, whatever is pushed meanwhile. */
function found({ env, ...asker }: FactContext<GitEnv>): Promise<Found> {
  const { git } = env
  const mirror = strategyOf(env) === 'mirror' ? git.repoPath : undefined
  const repository = repositoryOf(git.repo, asker.directory, git.password)
  const known = answers.get(asker.signal) ?? new Map<string, Promise<Found>>()
  answers.set(asker.signal, known)
  const key = JSON.stringify([repository.url, git.branch, mirror !== undefined])
  const answer =
    known.get(key) ?? resolveCommit({ repository, name: shownAddress(git.repo), branch: git.branch, timeout: git.timeout, mirror }, asker)
  known.set(key, answer)
  return answer
}

/** Asked of every host, for roles may ship other branches; answered by this machine unless it cannot reach the repository. */
export const facts = {
  'git.source': {
    signals: [...shipping, 'check'],
    of: 'host',
    ask: async ({ env, directory }) => repositoryOf(env.git.repo, directory).url,
  },
  'git.ref': { signals: shipping, of: 'host', ask: async (context) => (await found(context)).ref },
  'git.commit': { signals: shipping, of: 'host', ask: async (context) => (await found(context)).commit },
} as const satisfies Readonly<Record<string, FactSpec<GitEnv>>>
