import { type Failure, type Step, sh, step } from '@dragonfab/core'
import { isBesideConfig } from '../names/repository.ts'
import { failures, outcome } from '../outcomes.ts'
import { gitEnvironment } from '../shell/environment.ts'
import { prepareMirror, updateRelease } from '../shell/git-update.ts'
import { type GitEnv, mirrorOf, noteOf, repositoryFrom, shortName, sourceOf } from '../shipping.ts'

/** On `deploy.started`: the mirror, where there is none. */
export function prepare(env: GitEnv): Step {
  const { url, credential } = repositoryFrom(env)
  const note = noteOf(env)
  const text = prepareMirror({ url, credential, timeout: env.git.timeout }, mirrorOf(env))
  return step(sh.join([text, note !== undefined && sh`echo ${note}`]), { title: 'make the mirror', failures: failuresOf(env) })
}

/** On `deploy.updating`: exactly the commit, into the mirror and from there into the release. */
export function update(env: GitEnv & { readonly releasePath: string }): Step {
  return step(updateRelease(sourceOf(env), mirrorOf(env), env.releasePath), { title: `ship ${shortName(env)}`, failures: failuresOf(env) })
}

/** After the switch: packs of many fetches become one. Nobody else works in the mirror, so what nothing needs may go at once. */
export function tidy(env: GitEnv): Step {
  const text = sh`${gitEnvironment({ timeout: env.git.timeout })}
g --git-dir=${env.git.repoPath} -c gc.auto=6700 -c gc.autoDetach=false -c gc.pruneExpire=now gc --auto --quiet`
  return step(text, { title: 'tidy the mirror', warns: true, failures })
}

export function failuresOf({ git }: GitEnv): Readonly<Record<number, Failure>> {
  if (!isBesideConfig(git.repo)) return failures
  return {
    ...failures,
    [outcome('no-repository').status]: {
      code: 'GIT_FOLDER_ELSEWHERE',
      message: `git.repo (${git.repo}) is a folder of the machine that deploys, and not on this host`,
      remedy: "leave git.strategy out, or set it to 'upload'",
    },
  }
}
