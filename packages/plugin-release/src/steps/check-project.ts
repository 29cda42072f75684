import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import type { LinkedPath } from '../linked/linked-path.ts'

/**
 * Looks at the project on this machine, and warns: of linked files that git tracks (secrets live in shared/ alone, and what a release ships there is moved aside), and
 * of programs of supervisor that log into shared/, where root would write.
 */
export function checkProject(linked: readonly LinkedPath[], sharedPath: string): Step {
  const paths = linked.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  const tracked = sh`
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
      for each in $(git -c core.quotePath=true ls-files -- ${paths.flatMap((path) => [`:(literal)${path}`, `:(top,literal)${path}`])} | sort -u); do
        found="$found; git tracks the linked file $each, and what is secret does not belong into a repository"
      done
    fi
  `
  const text = sh`
    found=
    ${paths.length > 0 ? tracked : sh``}
    for each in *.conf */*.conf; do
      [ -f "$each" ] || continue
      if grep -E '^[[:space:]]*(stdout|stderr)_logfile[[:space:]]*=' "$each" | grep -qF -e ${`${sharedPath}/`} -e '/shared/'; then
        found="$found; $each has supervisor log into shared/, where root would write"
      fi
    done
    [ -z "$found" ] || { echo "\${found#; }" >&2; exit ${exitStatus.doubtful}; }
  `
  return step(text, {
    title: 'linked files and logs in the project',
    target: 'local',
    allowFailure: true,
    failures: failureFor('doubtful', { code: 'PROJECT_DOUBTFUL', message: 'in the project on this machine' }),
  })
}
