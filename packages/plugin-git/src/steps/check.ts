import { type Step, sh, step } from '@dragonfab/core'
import { isCommit } from '../names/ref.ts'
import { repositoryOf, shownAddress } from '../names/repository.ts'
import { failures, outcome } from '../outcomes.ts'
import { patternsFor } from '../resolve/refs.ts'
import { checkRepository } from '../shell/look.ts'
import { type GitEnv, strategyOf } from '../shipping.ts'
import { failuresOf } from './mirror.ts'

/** For `check`: whether the repository can be read from where it will be, and has the branch. */
export function check(env: GitEnv): readonly Step[] {
  const { git } = env
  const branch = git.branch !== undefined && isCommit(git.branch) ? undefined : git.branch
  // A folder beside the config is read where steps of this machine run: there.
  const repository = repositoryOf(git.repo, '', git.password)
  const look = checkRepository({ repository: { ...repository, url: git.source }, timeout: git.timeout }, patternsFor(branch), branch)
  const told = {
    ...failuresOf(env),
    75: {
      code: 'GIT_BRANCH_NOT_FOUND',
      message: `${shownAddress(git.repo)} has no branch or tag ${branch ?? ''}`,
      remedy: 'correct git.branch',
    },
  }
  if (strategyOf(env) === 'mirror') return [step(look, { title: `read ${shownAddress(git.repo)}`, failures: told })]
  const tar = sh`command -v tar >/dev/null 2>&1 && command -v gzip >/dev/null 2>&1 || exit ${outcome('no-tar').status}`
  return [
    step(look, { title: `read ${shownAddress(git.repo)}`, where: 'here', failures: told }),
    step(tar, { title: 'tar and gzip', failures }),
  ]
}
