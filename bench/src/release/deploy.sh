#!/bin/sh
# deploy.sh SSH_CONFIG URL BRANCH RELEASE KEEP LINKED host=path…
# A script as you would write it by hand: it looks up the commit on this machine, then starts one plain `ssh` per host, all at once, each with the
# whole release as one script.
set -eu
config=$1 url=$2 branch=$3 release=$4 keep=$5 linked=$6
shift 6
here=$(dirname "$0")
logs=$(mktemp -d)
commit=$(git ls-remote "$url" "refs/heads/$branch" | cut -f 1)
jobs=
for each in "$@"; do
  host=${each%%=*} path=${each#*=}
  {
    printf "path='%s' url='%s' commit='%s' release='%s' keep=%s linked='%s'\n" "$path" "$url" "$commit" "$release" "$keep" "$linked"
    cat "$here/remote.sh"
  } >"$logs/$host.sh"
  # shellcheck disable=SC2086 # options are words
  ssh -F "$config" $SSH_OPTIONS "$host" sh <"$logs/$host.sh" >"$logs/$host.log" 2>&1 &
  jobs="$jobs $!:$host"
done
status=0
for each in $jobs; do
  wait "${each%%:*}" || { status=1; echo "${each#*:}: failed" >&2; cat "$logs/${each#*:}.log" >&2; }
done
rm -rf "$logs"
exit "$status"
