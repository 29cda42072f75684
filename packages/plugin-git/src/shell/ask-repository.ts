import { type Fragment, sh } from '@dragonfab/core'
import type { Repository } from '../names/repository.ts'
import { explainFunctions, gitEnvironment, gitFunction } from './environment.ts'

interface RepositoryAccess {
  readonly repository: Repository
  readonly timeout: number
}

/** Asks the repository for the commits of the given names. Read-only. */
export function askRefs({ repository, timeout }: RepositoryAccess, patterns: readonly string[]): Fragment {
  return sh`${gitEnvironment({ timeout, credential: repository.credential })}
${gitFunction} ls-remote --symref -- ${repository.url} ${patterns}`
}

/** All branches and tags. */
export function askNames({ repository, timeout }: RepositoryAccess): Fragment {
  return sh`${gitEnvironment({ timeout, credential: repository.credential })}
${gitFunction} ls-remote --heads --tags -- ${repository.url}`
}

/** Prints the whole id of an abbreviated commit in a repository on disk. */
export function askCommit(directory: { readonly folder?: string; readonly mirror?: string }, commit: string, timeout: number): Fragment {
  const where = directory.mirror === undefined ? sh`-C ${directory.folder ?? '.'}` : sh`--git-dir=${directory.mirror}`
  return sh`${gitEnvironment({ timeout })}
${gitFunction} ${where} rev-parse --verify --quiet ${`${commit}^{commit}`} --`
}

/** Fails with the matching status unless the repository can be read from that machine and has the branch. */
export function checkRepository(access: RepositoryAccess, patterns: readonly string[], branch: string | undefined): Fragment {
  const names = patterns.filter((each) => each !== 'HEAD' && !each.endsWith('}'))
  return sh`${gitEnvironment({ timeout: access.timeout, credential: access.repository.credential })}
answer=$(${gitFunction} ls-remote -- ${access.repository.url} ${patterns} 2>&1) || { said=$answer; ${explainFunctions}; }
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
*) said=${`no branch or tag ${branch ?? ''}`}; ${explainFunctions} 75 ;;
esac`
}
