import type { FactContext, FactSpec } from '@dragonfab/core'
import { type GitEnv, strategyOf } from './env.ts'
import { displayAddress, parseRepository } from './names/repository.ts'
import type { FoundRef } from './resolve/refs.ts'
import { resolveCommit } from './resolve/resolve.ts'

/** Signals of flows that ship a commit or show what would be shipped. */
const shippingSignals = ['deploy.updating', 'git.delta.publishing']

/** Asks for each branch of a repository once in a run, so that all hosts get the same commit even if somebody pushes meanwhile. */
function findCommit({ env, ...asker }: FactContext<GitEnv>): Promise<FoundRef> {
  const { git } = env
  const mirror = strategyOf(env) === 'mirror' ? git.repoPath : undefined
  const repository = parseRepository(git.repo, asker.directory, git.password)
  const key = `git.commit ${JSON.stringify([repository.url, git.branch, mirror !== undefined])}`
  const request = { repository, name: displayAddress(git.repo), branch: git.branch, timeout: git.timeout, mirror }
  return asker.run.once(key, () => resolveCommit(request, asker))
}

/** Facts with the scope `host`, because roles may ship different branches. This machine asks, unless it cannot reach the repository. */
export const facts = {
  'git.source': {
    signals: [...shippingSignals, 'check'],
    scope: 'host',
    ask: async ({ env, directory }) => parseRepository(env.git.repo, directory).url,
  },
  'git.ref': { signals: shippingSignals, scope: 'host', ask: async (context) => (await findCommit(context)).ref },
  'git.commit': { signals: shippingSignals, scope: 'host', ask: async (context) => (await findCommit(context)).commit },
} as const satisfies Readonly<Record<string, FactSpec<GitEnv>>>
