import { sh, shellFunction } from '@dragonfab/core'
import { explainFunctions, gitFunction } from './environment.ts'
import { makeMirror, obtain } from './mirror.ts'

/** `address parent url`: a relative address of a submodule, as git resolves it. */
const address = shellFunction(
  'git_address',
  sh`base=\${1%/} rest=$2 joint=/
case $rest in ./*|../*) ;; *) printf '%s\n' "$rest"; return ;; esac
while :; do
  case $rest in
  ../*)
    rest=\${rest#../}
    case $base in
    */*) base=\${base%/*} joint=/ ;;
    *:*) base=\${base%:*} joint=: ;;
    *) return 1 ;;
    esac
    ;;
  ./*) rest=\${rest#./} ;;
  *) break ;;
  esac
done
printf '%s\n' "$base$joint\${rest%/}"`,
)

/**
 * `submodules repository commit folder url prefix depth`: calls `$ship` for each submodule, and for those in it. There is no work tree: each has its
 * own mirror, by its address, and is packed like the rest. .gitmodules comes from the repository, so it is checked: no path out of the release, no
 * helper programs, no folders on the machine unless the repository itself is one (git's own rule since CVE-2022-39253).
 */
export const submodules = shellFunction(
  'git_submodules',
  sh`(
repository=$1 commit=$2 folder=$3 parent=$4 prefix=$5 depth=$6
links=$(${gitFunction} --git-dir="$repository" ls-tree -r --full-tree "$commit") || { said="the tree of $commit cannot be read"; ${explainFunctions} 79; }
links=$(printf '%s\n' "$links" | sed -n 's/^160000 commit //p')
[ -n "$links" ] || return 0
paths=$(${gitFunction} --git-dir="$repository" config --blob "$commit:.gitmodules" --get-regexp '^submodule\..*\.path$') || :
while IFS='	' read -r id path <&4; do
  [ -z "$folder" ] || case $path in "$folder"/*) ;; *) continue ;; esac
  case $path in \"*|-*|/*|../*|*/../*|*/..|.git|.git/*|*/.git|*/.git/*) said="$path: not a path that can be shipped"; ${explainFunctions} 79 ;; esac
  name=$(printf '%s\n' "$paths" | while IFS= read -r line; do
    case $line in *".path $path") printf '%s\n' "\${line%".path $path"}"; break ;; esac
  done)
  url=$(${gitFunction} --git-dir="$repository" config --blob "$commit:.gitmodules" --get "$name.url") || url=
  [ -n "$url" ] || { said="$path: .gitmodules has no address for it"; ${explainFunctions} 79; }
  url=$(${address} "$parent" "$url") || { said="$path: its address is not valid"; ${explainFunctions} 79; }
  case $url in
  -*|*::*) said="$path: $url is not an address"; ${explainFunctions} 79 ;;
  /*|file:*) case $parent in /*|file:*) ;; *) said="$path: $url is a folder on this machine"; ${explainFunctions} 79 ;; esac ;;
  esac
  mirror=$modules/$(printf '%s' "$url" | ${gitFunction} hash-object --stdin)
  ${makeMirror} "$mirror" "$mirror/HEAD" "$url"
  ${obtain} "$mirror" "$url" "$id" '' "$depth"
  subpath=\${path#"\${folder:+$folder/}"}
  "$ship" "$mirror" "$id" '' "$prefix$subpath/" 0
  git_submodules "$mirror" "$id" '' "$url" "$prefix$subpath/" "$depth"
done 4<<LINKS
$links
LINKS
)`,
)
