import { type Step, type StepFailure, sh, step } from '@dragonfab/core'
import { formatShortName, type GitEnv, mirrorOf, noteOf, plannedRepositoryOf, sourceOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { isRelativeFolder } from '../names/repository.ts'
import { prepareMirror, tidyMirror, updateRelease } from '../shell/git-update.ts'

/** On `deploy.started`: creates the mirror if there is none. */
export function makeMirror(env: GitEnv): Step {
  const { url, credential } = plannedRepositoryOf(env)
  const note = noteOf(env)
  const text = prepareMirror({ url, credential, timeout: env.git.timeout }, mirrorOf(env))
  return step(sh.join([text, note !== undefined && sh`echo ${note}`]), { title: 'make the mirror', failures: failuresOf(env) })
}

/** On `deploy.updating`: fetches exactly the commit into the mirror, and unpacks it into the release. */
export function shipCommit(env: GitEnv & { readonly releasePath: string }): Step {
  return step(updateRelease(sourceOf(env), mirrorOf(env), env.releasePath), {
    title: `ship ${formatShortName(env)}`,
    writes: { path: env.releasePath, variable: 'path' },
    failures: failuresOf(env),
  })
}

/** After the switch. A failure is a warning: the release is live. */
export function tidyHostMirror({ git }: GitEnv): Step {
  return step(tidyMirror(git.repoPath, git.timeout), { title: 'tidy the mirror', allowFailure: true, failures })
}

export function failuresOf({ git }: GitEnv): Readonly<Record<number, StepFailure>> {
  if (!isRelativeFolder(git.repo)) return failures
  return {
    ...failures,
    [exitStatus.noRepository]: {
      code: 'GIT_REPO_LOCAL',
      message: `git.repo (${git.repo}) is a folder of the machine that deploys, and is not on this host`,
      remedy: "remove git.strategy, or set it to 'upload'",
    },
  }
}
