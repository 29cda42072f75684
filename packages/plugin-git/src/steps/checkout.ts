import { type Step, type StepFailure, sh, step, usageError } from '@dragonfab/core'
import type { GitEnv } from '../env.ts'
import { failures } from '../exit-statuses.ts'
import { findRefProblem } from '../names/ref.ts'
import { displayAddress, findRepositoryProblem, isRelativeFolder, parseRepository } from '../names/repository.ts'
import { attempt, explainFunctions, gitEnvironment, gitFunction } from '../shell/environment.ts'

interface CheckoutArguments {
  readonly path?: string | undefined
  readonly branch?: string | undefined
  readonly repo?: string | undefined
}

const checkoutExitCases = {
  changed: {
    status: 100,
    code: 'GIT_CHECKOUT_CHANGED',
    message: 'changes or commits in the clone would be lost: $OUTPUT',
    remedy: 'commit and push them on the host, or remove them',
  },
  other: {
    status: 101,
    code: 'GIT_CHECKOUT_OTHER',
    message: 'the path has something other than a clone of that repository: $OUTPUT',
    remedy: 'name another path, or remove what is there',
  },
  branch: { status: 102, code: 'GIT_BRANCH_NOT_FOUND', message: 'there is no branch, tag or commit $OUTPUT', remedy: 'correct the name' },
} as const

/**
 * Clones a repository on the host, or brings its clone up to date: exactly the branch, tag or commit, as a detached HEAD. A new clone appears
 * complete, by a rename.
 */
export function checkOutRepository(env: GitEnv & { readonly git: { readonly checkoutPath: string } }, arguments_: CheckoutArguments): Step {
  const { git } = env
  const [repo, path, branch] = [arguments_.repo ?? git.repo, arguments_.path ?? git.checkoutPath, arguments_.branch ?? git.branch]
  checkArguments(repo, path, branch)
  const { url, credential } = parseRepository(repo, '/', git.password)
  const text = sh`${gitEnvironment({ timeout: git.timeout, credential })}
at=${path} url=${url} name=${branch ?? ''} address=${displayAddress(repo)}
staging=$at.dragonfab-new fresh=
rm -rf -- "$staging"
if [ -d "$at/.git" ]; then
  origin=$(${gitFunction} -C "$at" config --get remote.origin.url) || origin='no remote'
  [ "$origin" = "$url" ] || { echo "$at is a clone of $origin"; exit ${checkoutExitCases.other.status}; }
  clone=$at
else
  [ ! -e "$at" ] || rmdir -- "$at" 2>/dev/null || { echo "$at"; exit ${checkoutExitCases.other.status}; }
  fresh=yes clone=$staging
  ${attempt} mkdir -p -- "$(dirname -- "$at")" || ${explainFunctions}
  ${attempt} ${gitFunction} clone --quiet --no-checkout -- "$url" "$clone" || ${explainFunctions}
fi
${attempt} ${gitFunction} -C "$clone" fetch --quiet --prune --force --tags origin '+refs/heads/*:refs/remotes/origin/*' || ${explainFunctions}
[ -n "$name" ] || { ${gitFunction} -C "$clone" remote set-head origin --auto >/dev/null 2>&1 || :; name=HEAD; }
commit=
for ref in "refs/remotes/origin/$name" "refs/tags/$name" "$name"; do
  [ "$ref" != HEAD ] || continue
  if commit=$(${gitFunction} -C "$clone" rev-parse --verify --quiet "$ref^{commit}"); then break; else commit=; fi
done
[ -n "$commit" ] || { rm -rf -- "$staging"; echo "$name in $address"; exit ${checkoutExitCases.branch.status}; }
before=
if [ -z "$fresh" ]; then
  changed=$(${gitFunction} -C "$clone" status --porcelain --untracked-files=no | head -n 5)
  before=$(${gitFunction} -C "$clone" rev-parse --verify --quiet HEAD) || :
  [ -n "$changed" ] || [ -z "$before" ] || changed=$(${gitFunction} -C "$clone" log --format='%h %s' -n 5 "$before" --not --remotes --tags --)
  [ -z "$changed" ] || { printf '%s\n' "$changed"; exit ${checkoutExitCases.changed.status}; }
fi
${attempt} ${gitFunction} -C "$clone" -c advice.detachedHead=false checkout --quiet --force --detach "$commit" -- || ${explainFunctions}
${git.submodules ? sh`${attempt} ${gitFunction} -C "$clone" submodule --quiet update --init --recursive --force || ${explainFunctions}` : sh``}
[ -z "$fresh" ] || mv -- "$clone" "$at"
case $before in
  "$commit") echo "$at: $(${gitFunction} -C "$at" log -1 --format='%h %s'), as before" ;;
  *) echo "$at: $(${gitFunction} -C "$at" log -1 --format='%h %s')\${before:+, before $(${gitFunction} -C "$at" log -1 --format=%h "$before")}" ;;
esac`
  const statusFailures = Object.fromEntries(
    Object.values(checkoutExitCases).map(({ status, ...failure }) => [status, failure as StepFailure]),
  )
  return step(text, {
    title: `check out ${displayAddress(repo)} at ${path}`,
    failures: { ...failures, ...statusFailures },
    showOutput: true,
  })
}

function checkArguments(repo: string, path: string, branch: string | undefined): void {
  const problem = (message: string, remedy: string) => usageError({ code: 'BAD_ARGUMENT', message: `git.checkout: ${message}`, remedy })
  const repositoryProblem = findRepositoryProblem(repo)
  if (repositoryProblem) throw problem(`the repository ${repositoryProblem}`, 'give an address, as in git.repo')
  if (isRelativeFolder(repo)) throw problem(`${repo} is a folder of the machine that deploys`, 'name a repository that hosts can reach')
  if (!/^\/[^\0-\x1f\x7f]*[^/\0-\x1f\x7f]$/.test(path))
    throw problem(`${JSON.stringify(path)} is not an absolute path`, 'name an absolute one: git.checkout:/srv/tools')
  const ref = branch === undefined ? undefined : findRefProblem(branch)
  if (ref) throw problem(`the branch ${ref}`, 'name a branch, a tag or a commit')
}
