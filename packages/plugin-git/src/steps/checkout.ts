import { type Failure, type Step, sh, step, usageError } from '@dragonfab/core'
import { refProblem } from '../names/ref.ts'
import { isBesideConfig, repositoryOf, repositoryProblem, shownAddress } from '../names/repository.ts'
import { failures } from '../outcomes.ts'
import { attempt, explain, g, gitEnvironment } from '../shell/environment.ts'
import type { GitEnv } from '../shipping.ts'

interface Checkout {
  readonly path?: string | undefined
  readonly branch?: string | undefined
  readonly repo?: string | undefined
}

const own = {
  changed: {
    status: 100,
    code: 'GIT_CHECKOUT_CHANGED',
    message: 'what was changed or committed there would be lost: $OUTPUT',
    remedy: 'commit and push it there, or remove it',
  },
  other: {
    status: 101,
    code: 'GIT_CHECKOUT_OTHER',
    message: 'there is something else than a clone of that repository: $OUTPUT',
    remedy: 'name another place, or remove what is there',
  },
  branch: { status: 102, code: 'GIT_BRANCH_NOT_FOUND', message: 'there is no branch, tag or commit $OUTPUT', remedy: 'correct the name' },
} as const

/**
 * Clones a repository on the host, or brings its clone up to date: exactly the branch, tag or commit, checked out apart from any branch of its own. A
 * clone appears whole, by a rename.
 */
export function checkout(env: GitEnv & { readonly git: { readonly checkoutPath: string } }, given: Checkout): Step {
  const { git } = env
  const [repo, path, branch] = [given.repo ?? git.repo, given.path ?? git.checkoutPath, given.branch ?? git.branch]
  check(repo, path, branch)
  const { url, credential } = repositoryOf(repo, '/', git.password)
  const text = sh`${gitEnvironment({ timeout: git.timeout, credential })}
at=${path} url=${url} name=${branch ?? ''} shown=${shownAddress(repo)}
aside=$at.dragonfab-new fresh=
rm -rf -- "$aside"
if [ -d "$at/.git" ]; then
  is=$(${g} -C "$at" config --get remote.origin.url) || is='no remote'
  [ "$is" = "$url" ] || { echo "$at is a clone of $is"; exit ${own.other.status}; }
  clone=$at
else
  [ ! -e "$at" ] || rmdir -- "$at" 2>/dev/null || { echo "$at"; exit ${own.other.status}; }
  fresh=yes clone=$aside
  ${attempt} mkdir -p -- "$(dirname -- "$at")" || ${explain}
  ${attempt} ${g} clone --quiet --no-checkout -- "$url" "$clone" || ${explain}
fi
${attempt} ${g} -C "$clone" fetch --quiet --prune --force --tags origin '+refs/heads/*:refs/remotes/origin/*' || ${explain}
[ -n "$name" ] || { ${g} -C "$clone" remote set-head origin --auto >/dev/null 2>&1 || :; name=HEAD; }
found=
for ref in "refs/remotes/origin/$name" "refs/tags/$name" "$name"; do
  [ "$ref" != HEAD ] || continue
  if found=$(${g} -C "$clone" rev-parse --verify --quiet "$ref^{commit}"); then break; else found=; fi
done
[ -n "$found" ] || { rm -rf -- "$aside"; echo "$name in $shown"; exit ${own.branch.status}; }
before=
if [ -z "$fresh" ]; then
  changed=$(${g} -C "$clone" status --porcelain --untracked-files=no | head -n 5)
  before=$(${g} -C "$clone" rev-parse --verify --quiet HEAD) || :
  [ -n "$changed" ] || [ -z "$before" ] || changed=$(${g} -C "$clone" log --format='%h %s' -n 5 "$before" --not --remotes --tags --)
  [ -z "$changed" ] || { printf '%s\n' "$changed"; exit ${own.changed.status}; }
fi
${attempt} ${g} -C "$clone" -c advice.detachedHead=false checkout --quiet --force --detach "$found" -- || ${explain}
${git.submodules ? sh`${attempt} ${g} -C "$clone" submodule --quiet update --init --recursive --force || ${explain}` : sh``}
[ -z "$fresh" ] || mv -- "$clone" "$at"
case $before in
  "$found") echo "$at: $(${g} -C "$at" log -1 --format='%h %s'), as before" ;;
  *) echo "$at: $(${g} -C "$at" log -1 --format='%h %s')\${before:+, before $(${g} -C "$at" log -1 --format=%h "$before")}" ;;
esac`
  const told = Object.fromEntries(Object.values(own).map(({ status, ...failure }) => [status, failure as Failure]))
  return step(text, { title: `check out ${shownAddress(repo)} at ${path}`, failures: { ...failures, ...told }, shows: true })
}

function check(repo: string, path: string, branch: string | undefined): void {
  const problem = (message: string, remedy: string) => usageError({ code: 'BAD_ARGUMENT', message: `git.checkout: ${message}`, remedy })
  const wrong = repositoryProblem(repo)
  if (wrong) throw problem(`the repository ${wrong}`, 'an address, as git.repo')
  if (isBesideConfig(repo)) throw problem(`${repo} is a folder of the machine that deploys`, 'name a repository that hosts can reach')
  if (!/^\/[^\0-\x1f\x7f]*[^/\0-\x1f\x7f]$/.test(path))
    throw problem(`${JSON.stringify(path)} is no absolute path`, 'git.checkout:/srv/tools')
  const ref = branch === undefined ? undefined : refProblem(branch)
  if (ref) throw problem(`the branch ${ref}`, 'a branch, a tag or a commit')
}
