import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { outputPatterns } from '../diagnose.ts'
import { exitStatus } from '../exit-statuses.ts'
import type { Credential } from '../names/repository.ts'

export interface GitEnvironment {
  /** Seconds that a connection may stay silent. */
  readonly timeout: number
  readonly credential?: Credential | undefined
}

/**
 * The beginning of every script of this plugin. Afterwards, git fails instead of asking, ignores the caller's GIT_DIR and similar variables (which
 * a git hook or alias exports), and prints English (because its output is matched). `git_run` is git as this plugin uses it.
 */
export function gitEnvironment({ timeout, credential }: GitEnvironment): Fragment {
  return credential ? sh.join([sh`${begin} ${timeout}`, password(credential)]) : sh`${begin} ${timeout}`
}

/**
 * `begin seconds`. Unsets the variables that name a repository, as git lists them, and those that change the meaning of paths or names.
 * GIT_CONFIG_COUNT and GIT_CONFIG_GLOBAL stay: CI sets them on purpose.
 * The user's own ssh command (GIT_SSH_COMMAND, then core.sshCommand: git's order) stays, with options that keep it from asking. A program in
 * GIT_SSH takes no options, and those of plink are different.
 */
const begin = shellFunction(
  'git_begin',
  sh`command -v git >/dev/null 2>&1 || { echo 'git: not found' >&2; exit ${exitStatus.noGit}; }
unset $(git rev-parse --local-env-vars | grep -v -e COUNT) GIT_NAMESPACE GIT_QUARANTINE_PATH GIT_CEILING_DIRECTORIES GIT_ATTR_SOURCE \
  GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_LFS_SKIP_SMUDGE
export LC_ALL=C LANGUAGE= GIT_TERMINAL_PROMPT=0 GIT_ASKPASS= SSH_ASKPASS= GIT_HTTP_LOW_SPEED_LIMIT=1 GIT_HTTP_LOW_SPEED_TIME="$1"
export GIT_ALLOW_PROTOCOL="\${GIT_ALLOW_PROTOCOL:-file:git:http:https:ssh}"
credential= lfs= stale= ssh=\${GIT_SSH_COMMAND:-$(git config --get core.sshCommand 2>/dev/null || :)}
case \${ssh:-\${GIT_SSH:-}} in
*[Pp]link*) ;; ?*) [ -z "$ssh" ] || export GIT_SSH_COMMAND="$ssh -o BatchMode=yes -o ConnectTimeout=$1" ;;
*) export GIT_SSH_COMMAND="ssh -o BatchMode=yes -o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o ConnectTimeout=$1" ;;
esac`,
)

/**
 * `git_run`: git with the password that {@link password} has set, and with Git LFS if `$lfs` is set. The credential helper reads the password
 * from its own file descriptor, because any user can read arguments, and hooks and filters can read the environment. It reads one line each time
 * (`read` takes no byte more), so that submodules can ask again. Two helpers at once would get each other's bytes, so nothing is fetched in parallel.
 */
export const gitFunction = shellFunction(
  'git_run',
  sh`[ -z "$lfs" ] || set -- -c filter.lfs.process='git-lfs filter-process' -c filter.lfs.smudge='git-lfs smudge -- %f' -c filter.lfs.required=true "$@"
set -- -c protocol.version=2 -c gc.auto=0 -c maintenance.auto=false "$@"
if [ -z "$credential" ]; then git "$@"; return; fi
git -c submodule.fetchJobs=1 -c fetch.parallel=1 -c "$credential" -c "$credential$helper" "$@" 7<<EOF
$passwords
EOF`,
)

/** The helper belongs to the repository's origin: a redirect or a submodule on another server never gets the password. */
function password({ origin, user, password }: Credential): Fragment {
  const name = user === undefined ? sh`'echo username=git; '` : sh`''`
  return sh`credential=${`credential.${origin}.helper=`}
helper='!f() { test "$1" = get || exit 0; '${name}'IFS= read -r p <&7 && printf "password=%s\n" "$p"; }; f'
passwords=${password}
passwords=$passwords$(printf '\nx'); passwords=\${passwords%x}
for n in 1 2 3 4 5 6 7 8; do passwords=$passwords$passwords; done`
}

/** `explain [status]`: ends the step with the status that matches the output in `$said`, so that each failure has its own message. */
export const explainFunctions = shellFunction(
  'git_explain',
  sh`[ -z "$said" ] || printf '%s\n' "$said" >&2
case $said in
${sh.join(
  outputPatterns.map(([exitCase, words]) => {
    const patterns = words.map((each) => sh`*${each}*`)
    return sh`${sh.join(patterns, '|')}) exit ${exitStatus[exitCase]} ;;`
  }),
)}
esac
exit "\${1:-99}"`,
)

/** `attempt command…`: runs it, and keeps its standard error in `$said`. */
export const attempt = shellFunction('git_attempt', sh`said=$("$@" 2>&1 >/dev/null)`)
