import { type Step, sh, step } from '@dragonfab/core'
import { type GitEnv, strategyOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { isCommit } from '../names/ref.ts'
import { displayAddress, parseRepository } from '../names/repository.ts'
import { refPatterns } from '../resolve/refs.ts'
import { checkRepository } from '../shell/ask-repository.ts'
import { gitEnvironment } from '../shell/environment.ts'
import { failuresOf } from './mirror.ts'

/** For `check`: reads the repository on the machine that a release reads it on, and looks for the branch. */
export function checkRepositoryReadable(env: GitEnv): readonly Step[] {
  const { git } = env
  const branch = git.branch !== undefined && isCommit(git.branch) ? undefined : git.branch
  // `git.source` has the absolute path of a folder that is relative to the config.
  const repository = { ...parseRepository(git.repo, '', git.password), url: git.source }
  // `check` must not ask a person to type a password.
  const needsPerson = repository.credential?.password.interactive
  const script = needsPerson
    ? sh.join([gitEnvironment({ timeout: git.timeout }), sh`echo 'the repository was not read, because its password must be typed'`])
    : checkRepository({ repository, timeout: git.timeout }, refPatterns(branch), branch)
  const statusFailures = {
    ...failuresOf(env),
    75: {
      code: 'GIT_BRANCH_NOT_FOUND',
      message: `${displayAddress(git.repo)} has no branch or tag ${branch ?? ''}`,
      remedy: 'correct git.branch',
    },
  }
  if (strategyOf(env) === 'mirror') return [step(script, { title: `read ${displayAddress(git.repo)}`, failures: statusFailures })]
  const tar = sh`command -v tar >/dev/null 2>&1 && command -v gzip >/dev/null 2>&1 || exit ${exitStatus.noTar}`
  return [
    step(script, { title: `read ${displayAddress(git.repo)}`, target: 'local', failures: statusFailures }),
    step(tar, { title: 'are tar and gzip installed', failures }),
  ]
}
