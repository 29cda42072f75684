import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import type { LinkedPath } from '../linked/linked-path.ts'

/** Warns if git tracks linked files in the project on this machine: they may be secret, and no release uses the copy in the repository. */
export function checkProject(linked: readonly LinkedPath[]): Step | undefined {
  const paths = linked.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  if (paths.length === 0) return undefined
  const text = sh`
    git rev-parse --is-inside-work-tree >/dev/null 2>&1 || exit 0
    warnings=
    for each in $(git -c core.quotePath=true ls-files -- ${paths.flatMap((path) => [`:(literal)${path}`, `:(top,literal)${path}`])} | sort -u); do
      warnings="$warnings; git tracks the linked file $each, which may be secret"
    done
    [ -z "$warnings" ] || { echo "\${warnings#; }" >&2; exit ${exitStatus.doubtful}; }
  `
  return step(text, {
    title: 'linked files in the project',
    target: 'local',
    allowFailure: true,
    failures: failureFor('doubtful', {
      code: 'PROJECT_DOUBTFUL',
      message: 'a linked file is in the repository of the project on this machine',
      remedy: 'remove it from the repository (git rm --cached), and keep it in shared/',
    }),
  })
}
