import { type Fragment, sh } from '@dragonfab/core'
import type { Repository } from '../names/repository.ts'
import { explain, g, gitEnvironment } from './environment.ts'

interface Where {
  readonly repository: Repository
  readonly timeout: number
}

/** Asks the repository what the given names stand for. Read-only. */
export function askRefs({ repository, timeout }: Where, patterns: readonly string[]): Fragment {
  return sh`${gitEnvironment({ timeout, credential: repository.credential })}
${g} ls-remote --symref -- ${repository.url} ${patterns}`
}

/** All branches and tags. */
export function askNames({ repository, timeout }: Where): Fragment {
  return sh`${gitEnvironment({ timeout, credential: repository.credential })}
${g} ls-remote --heads --tags -- ${repository.url}`
}

/** The whole id of an abbreviated commit, in a repository at hand. */
export function askCommit(directory: { readonly inside?: string; readonly mirror?: string }, commit: string, timeout: number): Fragment {
  const where = directory.mirror === undefined ? sh`-C ${directory.inside ?? '.'}` : sh`--git-dir=${directory.mirror}`
  return sh`${gitEnvironment({ timeout })}
${g} ${where} rev-parse --verify --quiet ${`${commit}^{commit}`} --`
}

/** Ends with a told status unless the repository can be read from there and has the branch. */
export function checkRepository(where: Where, patterns: readonly string[], branch: string | undefined): Fragment {
  const names = patterns.filter((each) => each !== 'HEAD' && !each.endsWith('}'))
  return sh`${gitEnvironment({ timeout: where.timeout, credential: where.repository.credential })}
answer=$(${g} ls-remote -- ${where.repository.url} ${patterns} 2>&1) || { said=$answer; ${explain}; }
case "$answer
" in
${
  branch === undefined
    ? sh`?*?`
    : sh.join(
        names.map(
          (each) => sh`*"	"${each}"
"*`,
        ),
        '|',
      )
}) ;;
*) said=${`no branch or tag ${branch ?? ''}`}; ${explain} 75 ;;
esac`
}
