import { sh, shellFunction } from '@dragonfab/core'
import { attempt, explainFunctions, gitFunction } from './environment.ts'

/*
 * Functions for a mirror: a bare repository with the deployed commits, into which the next commit is fetched. They rely on the run's lock: nothing
 * else uses the mirror, so the leftovers of a killed git can be removed.
 */

/**
 * `prepare mirror head url`: creates the mirror if there is none, by a rename, so that it is complete. With --git-dir, git does not check who owns
 * it, but would run programs that its config names as this user. A half-made clone of a killed run is removed; anything else is refused.
 * `$staging` has a unique name if another run on this machine may do the same. Then the second mirror ends up inside the first,
 * and is removed; and only one of the two can lock the config to write the address.
 */
export const makeMirror = shellFunction(
  'git_prepare',
  sh`[ ! -e "$1" ] || [ -O "$1" ] || { said="detected dubious ownership in $1"; ${explainFunctions} 69; }
if [ -f "$2" ] && ${attempt} ${gitFunction} --git-dir="$1" rev-parse --git-dir; then
  find "$1" -type f \( -name '*.lock' -o -name 'tmp_*' ! -path '*/refs/*' \) $stale -exec rm -f -- {} +
else
  [ ! -e "$1" ] || rmdir -- "$1" 2>/dev/null || { [ -d "$1/objects" ] || { said="$1 is not a git repository"; ${explainFunctions} 78; }; rm -rf -- "$1"; }
  staging=$1.new\${stale:+.$$}; rm -rf -- "$staging"
  said=$( { mkdir -p -- "$(dirname -- "$1")" && ${gitFunction} -c init.defaultBranch=main init --quiet --bare --template= -- "$staging" && mv -- "$staging" "$1"; } 2>&1 >/dev/null) || ${explainFunctions}
  rm -rf -- "$1/\${staging##*/}"
fi
[ "$(${gitFunction} --git-dir="$1" config --get remote.origin.url)" = "$3" ] || ${attempt} ${gitFunction} --git-dir="$1" config remote.origin.url "$3" || [ -n "$stale" ] || ${explainFunctions}`,
)

/** `holds repository commit`: whether the commit and all its files are in it. A killed fetch leaves nothing, but a killed cleanup might. */
export const holds = shellFunction(
  'git_holds',
  sh`${gitFunction} --git-dir="$1" rev-list --objects --no-walk --quiet "$2" -- >/dev/null 2>&1`,
)

/** `remake mirror url`: replaces a damaged mirror by an empty one. Everything can be fetched again. */
const remake = shellFunction('git_remake', sh`rm -rf -- "$1"; ${makeMirror} "$1" "$1/HEAD" "$2"`)

/**
 * `fetch mirror url commit options refspec…`: fetches, and succeeds if the commit is in the mirror afterwards. If the mirror is damaged, it is
 * remade once; while another run on this machine uses the cache, it waits. If the server refuses the request, the caller can ask in another
 * way; any other failure ends the step.
 */
const fetch = shellFunction(
  'git_fetch',
  sh`m=$1 u=$2 c=$3 o=$4 n=0; shift 4
while ! ${attempt} ${gitFunction} --git-dir="$m" fetch --quiet --force --no-tags --no-recurse-submodules $o -- "$u" "$@"; do
  n=$((n + 1)); case $said in
  *".lock': File exists"*|*'shallow file has changed'*|*'cannot lock ref'*) [ -n "$stale" ] && [ "$n" -lt 30 ] || ${explainFunctions}; sleep 2 ;;
  *'did not send all necessary objects'*|*'unable to read'*|*'bad object'*|*corrupt*) [ "$n" -eq 1 ] || ${explainFunctions}; ${remake} "$m" "$u" ;;
  *'not our ref'*|*'unadvertised object'*|*"couldn't find remote ref"*|*'does not support shallow'*|*'not a valid'*|*'no matching remote head'*) break ;;
  *) ${explainFunctions} ;; esac
done
${holds} "$m" "$c"`,
)

/** `fetch_all mirror url commit`: as `fetch`, all branches and tags with all of their history. */
const fetchAll = shellFunction(
  'git_fetch_all',
  sh`${fetch} "$1" "$2" "$3" "--prune $([ ! -f "$1/shallow" ] || echo --unshallow)" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'`,
)

/** `find`, with the arguments of obtain: fetches the commit if it is not in the mirror, and fails if it is still not there. */
const find = shellFunction(
  'git_find',
  sh`${holds} "$1" "$3" && return
! ${gitFunction} --git-dir="$1" cat-file -e "$3" 2>/dev/null || ${remake} "$1" "$2"
[ -n "$5" ] || { ${fetchAll} "$1" "$2" "$3" && return; }
${fetch} "$1" "$2" "$3" "$5" "+$3:refs/dragonfab/head" && return
[ -z "$4" ] || for kind in heads tags; do ${fetch} "$1" "$2" "$3" "$5" "+refs/$kind/$4:refs/dragonfab/head" && return; done
${fetchAll} "$1" "$2" "$3"`,
)

/**
 * `obtain mirror url commit branch depth`: fetches exactly the commit, or, if the server does not serve single commits, what contains it.
 * The next fetch transfers only what differs from `refs/dragonfab/head`, and git's cleanup keeps what that ref holds.
 */
export const obtain = shellFunction(
  'git_obtain',
  sh`${gitFunction} --git-dir="$1" update-ref refs/dragonfab/previous refs/dragonfab/head 2>/dev/null || :
${find} "$@" || { said="commit $3 is not in $2"; ${explainFunctions} 74; }
${attempt} ${gitFunction} --git-dir="$1" update-ref refs/dragonfab/head "$3" || [ -n "$stale" ] || ${explainFunctions}`,
)
